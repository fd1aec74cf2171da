//! A spec for a receipt. What the values of persons are compared with stays out of it.

use dhis2_api::Uid;
use serde_json::{Value, json};

use super::condition::{Comparison, Condition};
use super::item::{Birth, Item};
use super::output::{Compute, Output};
use super::spec::CountSpec;

pub(super) fn spec(spec: &CountSpec) -> Value {
    json!({
        "program_id": spec.program,
        "stages": spec.stages,
        "date": spec.date.column(),
        "period_type": spec.period_type.name(),
        "level": spec.level,
        "attribute_option_combo_id": spec.attribute_option_combo,
        "when": spec.when.as_ref().map(condition),
        "outputs": spec.outputs.iter().map(output).collect::<Vec<_>>(),
    })
}

fn output(output: &Output) -> Value {
    let compute = match output.compute {
        Compute::Events => "events",
        Compute::Persons => "persons",
        Compute::Sum(_) => "sum",
        Compute::Mean(_) => "mean",
        Compute::Minimum(_) => "minimum",
        Compute::Maximum(_) => "maximum",
    };
    let cell = |cell: &super::Cell| json!({ "category_option_combo_id": cell.combo, "when": cell.when.as_ref().map(condition) });
    json!({
        "data_element_id": output.data_element,
        "compute": compute,
        "of": output.compute.item().map(item),
        "decimals": output.decimals,
        "when": output.when.as_ref().map(condition),
        "cells": output.cells.iter().map(cell).collect::<Vec<_>>(),
    })
}

fn item(item: Item) -> String {
    match item {
        Item::Element(id) => format!("element {id}"),
        Item::Attribute(id) => format!("attribute {id}"),
        Item::Age(Birth::Element(id)) => format!("age by element {id}"),
        Item::Age(Birth::Attribute(id)) => format!("age by attribute {id}"),
    }
}

fn condition(of: &Condition) -> String {
    let list = |parts: &[Condition]| parts.iter().map(condition).collect::<Vec<_>>().join(", ");
    match of {
        Condition::All(parts) => format!("all({})", list(parts)),
        Condition::Any(parts) => format!("any({})", list(parts)),
        Condition::Not(part) => format!("not({})", condition(part)),
        Condition::Status(any) => {
            format!("status in {}", any.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(";"))
        }
        Condition::Stage(any) => format!("stage in {}", any.iter().map(Uid::as_str).collect::<Vec<_>>().join(";")),
        Condition::HasValue(of) => format!("{} has a value", item(*of)),
        Condition::OneOf(of, _) => format!("{} in …", item(*of)),
        Condition::Compare(of, comparison, _) => {
            let comparison = match comparison {
                Comparison::More => "gt",
                Comparison::AtLeast => "ge",
                Comparison::Less => "lt",
                Comparison::AtMost => "le",
            };
            format!("{} {comparison} …", item(*of))
        }
    }
}
