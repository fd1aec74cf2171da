// Draws the charts of the page. What they show stands in the page as JSON; nothing is fetched.
(() => {
  const page = document.documentElement.dataset;
  // Whoever wonders whether the page is sound finds it here: the attributes data-charts, data-problems and data-requests.
  let problems = 0;
  const problem = () => {
    problems += 1;
    page.problems = String(problems);
  };
  page.problems = "0";
  for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"]) {
    addEventListener(kind, problem);
  }

  const NARROW = 520;
  // About as wide as what is printed on A4: letters drawn for it are of the size of the others.
  const PAPER = 690;
  // About a map there is room for its legends.
  const SIDES = 6;
  const ABOVE_AND_BELOW = 98;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const drawn = [];

  const fit = ({ id, instance, chart, place }, widest = Infinity) => {
    const width = Math.min(place.clientWidth, widest);
    const narrow = width < NARROW;
    const height = chart.aspect ? Math.min(700, Math.max(260, Math.round((width - 2 * SIDES) * chart.aspect) + ABOVE_AND_BELOW)) : chart.height;
    place.style.height = `${height}px`;
    instance.resize({ width, height, animation: { duration: 0 } });
    instance.setOption(narrow && chart.narrow ? chart.narrow : chart.wide || {});
    if (chart.squares) {
      const { name, side, parts, places } = chart.squares;
      const unit = Math.min(width - 2 * SIDES, (height - ABOVE_AND_BELOW) / chart.aspect) * side;
      const data = places.map((value, at) => ({ value, symbolSize: unit * parts[at] }));
      instance.setOption({ series: [{ name, data }] });
    }
    // On paper, charts are as wide as the page, whatever that is: page.css lets them grow and shrink.
    place.querySelector("svg").setAttribute("viewBox", `0 0 ${width} ${height}`);
    place.dataset.drawn = id;
  };

  for (const [id, chart] of Object.entries(charts)) {
    const place = document.getElementById(id);
    place.replaceChildren();
    place.style.height = `${chart.height || 300}px`;
    if (chart.map) {
      dhis2Charts.registerMap(id, chart.map);
    }
    const instance = dhis2Charts.init(place, null, { renderer: "svg" });
    instance.setOption(chart.option);
    const entry = { id, instance, chart, place };
    fit(entry);
    drawn.push(entry);
  }
  page.charts = String(drawn.length);

  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => drawn.forEach((entry) => fit(entry)), 100);
  });
  addEventListener("beforeprint", () => drawn.forEach((entry) => fit(entry, PAPER)));
  addEventListener("afterprint", () => drawn.forEach((entry) => fit(entry)));
  const requests = () => {
    page.requests = String(performance.getEntriesByType("resource").length);
  };
  requests();
  addEventListener("load", requests);
})();
