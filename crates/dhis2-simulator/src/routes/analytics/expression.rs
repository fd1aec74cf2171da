//! Expressions of indicators.

/// What an expression is made of.
#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Number(f64),
    Operand(&'a str),
    Sign(char),
}

/// The operands in an expression, `element` or `element.combo`; none where it holds something that is not simulated.
pub(super) fn operands(expression: &str) -> Option<Vec<&str>> {
    let tokens = tokens(expression)?;
    Some(
        tokens
            .into_iter()
            .filter_map(|token| if let Token::Operand(name) = token { Some(name) } else { None })
            .collect(),
    )
}

/// The value of an expression, its operands looked up by `value`.
pub(super) fn evaluate(expression: &str, value: &dyn Fn(&str) -> f64) -> Option<f64> {
    let tokens = tokens(expression)?;
    let mut reader = Reader { tokens: &tokens, value };
    let result = reader.sum()?;
    reader.tokens.is_empty().then_some(result)
}

fn tokens(expression: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if let Some(inside) = rest.strip_prefix("#{") {
            let end = inside.find('}')?;
            tokens.push(Token::Operand(&inside[..end]));
            end + 3
        } else if first.is_ascii_digit() || first == '.' {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..end].parse().ok()?));
            end
        } else if "+-*/()".contains(first) {
            tokens.push(Token::Sign(first));
            1
        } else {
            return None;
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    value: &'a dyn Fn(&str) -> f64,
}

impl Reader<'_> {
    fn sum(&mut self) -> Option<f64> {
        let mut total = self.product()?;
        while let Some(sign) = self.sign(&['+', '-']) {
            let next = self.product()?;
            total = if sign == '+' { total + next } else { total - next };
        }
        Some(total)
    }

    fn product(&mut self) -> Option<f64> {
        let mut total = self.factor()?;
        while let Some(sign) = self.sign(&['*', '/']) {
            let next = self.factor()?;
            total = if sign == '*' { total * next } else { total / next };
        }
        Some(total)
    }

    fn factor(&mut self) -> Option<f64> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        match first {
            Token::Number(number) => Some(*number),
            Token::Operand(name) => Some((self.value)(name)),
            Token::Sign('-') => self.factor().map(|number| -number),
            Token::Sign('(') => {
                let inside = self.sum()?;
                self.sign(&[')'])?;
                Some(inside)
            }
            Token::Sign(_) => None,
        }
    }

    fn sign(&mut self, signs: &[char]) -> Option<char> {
        let (Token::Sign(sign), rest) = self.tokens.split_first()? else { return None };
        signs.contains(sign).then(|| {
            self.tokens = rest;
            *sign
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_follow_the_rules_of_arithmetic() {
        let value = |name: &str| if name == "a.b" { 6.0 } else { 2.0 };
        let of = |expression: &str| evaluate(expression, &value);
        assert_eq!(of("#{a.b} + 2 * #{x}"), Some(10.0));
        assert_eq!(of("( #{a.b} + 2 ) * -#{x} / 4"), Some(-4.0));
        assert_eq!(of("1 - 2 - 3.5"), Some(-4.5));
        for wrong in ["", "1 +", "(1", "R{report}", "1 2"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert_eq!(operands("#{a.b}/#{x}*100"), Some(vec!["a.b", "x"]));
        assert_eq!(operands("C{constant}"), None);
    }
}
