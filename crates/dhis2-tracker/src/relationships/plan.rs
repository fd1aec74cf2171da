//! At which objects to look for relationships.

use dhis2_api::Uid;
use serde::Deserialize;

use crate::scope::Scope;

/// The fields of [`RelationshipType`].
pub(crate) const FIELDS: &str = "bidirectional,fromConstraint[relationshipEntity,trackedEntityType[id],\
     program[id,trackedEntityType[id]],programStage[program[id,trackedEntityType[id]]]],\
     toConstraint[relationshipEntity,trackedEntityType[id],program[id,trackedEntityType[id]],\
     programStage[program[id,trackedEntityType[id]]]]";

/// A relationship type: what each of its ends may be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RelationshipType {
    #[serde(default)]
    bidirectional: bool,
    #[serde(default)]
    from_constraint: End,
    #[serde(default)]
    to_constraint: End,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct End {
    relationship_entity: Option<String>,
    tracked_entity_type: Option<Id>,
    program: Option<Program>,
    program_stage: Option<Stage>,
}

#[derive(Debug, Deserialize)]
struct Id {
    id: Uid,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Program {
    id: Uid,
    tracked_entity_type: Option<Id>,
}

#[derive(Debug, Deserialize)]
struct Stage {
    program: Option<Program>,
}

/// A kind of object to ask for its relationships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owners {
    /// The tracked entities of the program or type asked for.
    TrackedEntities(Scope),
    /// The enrollments in a program.
    Enrollments(Uid),
    /// The events of a program.
    Events(Uid),
    /// A single object.
    One(ObjectKind, Uid),
}

/// What has relationships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ObjectKind {
    TrackedEntity,
    Enrollment,
    Event,
}

impl ObjectKind {
    /// The parameter of `GET /api/tracker/relationships` that names one.
    pub(crate) fn param(self) -> &'static str {
        match self {
            Self::TrackedEntity => "trackedEntity",
            Self::Enrollment => "enrollment",
            Self::Event => "event",
        }
    }

    /// In words.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::TrackedEntity => "tracked entity",
            Self::Enrollment => "enrollment",
            Self::Event => "event",
        }
    }
}

/// Where relationships begin that belong to the program or type, and those that hold both ways: servers list them there,
/// and from 2.42 on the others nowhere else.
pub(crate) fn owners(scope: Scope, types: &[RelationshipType]) -> Vec<Owners> {
    let mut owners = vec![Owners::TrackedEntities(scope)];
    for one in types {
        let mut ends = vec![(&one.from_constraint, &one.to_constraint)];
        if one.bidirectional {
            ends.push((&one.to_constraint, &one.from_constraint));
        }
        for (here, there) in ends {
            let kind: fn(Uid) -> Owners = match here.relationship_entity.as_deref() {
                Some("PROGRAM_INSTANCE") => Owners::Enrollments,
                Some("PROGRAM_STAGE_INSTANCE") => Owners::Events,
                _ => continue,
            };
            let program = match (scope, here.program()) {
                // An end that names no program may be in any, in the one asked for too.
                (Scope::Program(asked), None) => Some(asked),
                (_, Some(program)) => (here.within(scope) || there.is_entity_of(scope)).then_some(program.id),
                (Scope::Type(_), None) => None,
            };
            owners.extend(program.map(kind).filter(|these| !owners.contains(these)));
        }
    }
    owners
}

impl End {
    fn program(&self) -> Option<&Program> {
        self.program.as_ref().or_else(|| self.program_stage.as_ref()?.program.as_ref())
    }

    /// Whether it is of the program, or of one for this type.
    fn within(&self, scope: Scope) -> bool {
        self.program().is_some_and(|program| match scope {
            Scope::Program(asked) => program.id == asked,
            Scope::Type(asked) => program.tracked_entity_type.as_ref().is_some_and(|of| of.id == asked),
        })
    }

    /// Whether it is a tracked entity that must be of the type, or in the program.
    fn is_entity_of(&self, scope: Scope) -> bool {
        self.relationship_entity.as_deref() == Some("TRACKED_ENTITY_INSTANCE")
            && match scope {
                Scope::Program(_) => self.within(scope),
                Scope::Type(asked) => self.tracked_entity_type.as_ref().is_some_and(|of| of.id == asked),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "T4KUa2dgu2M";
    const CASES: &str = "kq5MJdgfUBN";
    const TYPE: &str = "EFvjZX4SLF5";

    fn uid(text: &str) -> Uid {
        Uid::parse(text).unwrap()
    }

    /// Where to look beside the tracked entities, which are always asked.
    fn planned(scope: Scope, types: &str) -> Vec<Owners> {
        let mut all = owners(scope, &serde_json::from_str::<Vec<RelationshipType>>(types).unwrap());
        assert_eq!(all.remove(0), Owners::TrackedEntities(scope));
        all
    }

    fn entity() -> String {
        format!(r#"{{"relationshipEntity":"TRACKED_ENTITY_INSTANCE","trackedEntityType":{{"id":"{TYPE}"}}}}"#)
    }

    fn event_of(program: &str, of_type: &str) -> String {
        format!(
            r#"{{"relationshipEntity":"PROGRAM_STAGE_INSTANCE","programStage":{{"program":{{"id":"{program}"{of_type}}}}}}}"#
        )
    }

    fn relationship(from: &str, to: &str, bidirectional: bool) -> String {
        format!(r#"[{{"bidirectional":{bidirectional},"fromConstraint":{from},"toConstraint":{to}}}]"#)
    }

    #[test]
    fn events_are_asked_where_a_relationship_begins_at_them_or_holds_both_ways() {
        let of_type = Scope::Type(uid(TYPE));
        let cases = event_of(CASES, "");
        assert_eq!(planned(of_type, &relationship(&entity(), &cases, false)), []);
        let both = [Owners::Events(uid(CASES))];
        assert_eq!(planned(of_type, &relationship(&entity(), &cases, true)), both);
        assert_eq!(planned(of_type, &relationship(&cases, &entity(), false)), both);
    }

    #[test]
    fn enrollments_and_events_of_other_programs_are_left_alone() {
        let of_type = format!(r#","trackedEntityType":{{"id":"{TYPE}"}}"#);
        let visit = event_of(PROGRAM, &of_type);
        let enrollment =
            format!(r#"{{"relationshipEntity":"PROGRAM_INSTANCE","program":{{"id":"{PROGRAM}"{of_type}}}}}"#);
        let types = relationship(&enrollment, &visit, true);
        let all = [Owners::Enrollments(uid(PROGRAM)), Owners::Events(uid(PROGRAM))];
        assert_eq!(planned(Scope::Program(uid(PROGRAM)), &types), all);
        assert_eq!(planned(Scope::Type(uid(TYPE)), &types), all);
        assert_eq!(planned(Scope::Program(uid(CASES)), &types), []);
        assert_eq!(planned(Scope::Type(uid(CASES)), &types), []);
    }

    #[test]
    fn an_end_that_names_no_program_may_be_in_the_one_asked_for() {
        let types = relationship(r#"{"relationshipEntity":"PROGRAM_INSTANCE"}"#, &entity(), false);
        let both = [Owners::Enrollments(uid(PROGRAM))];
        assert_eq!(planned(Scope::Program(uid(PROGRAM)), &types), both);
        assert_eq!(planned(Scope::Type(uid(TYPE)), "[{}]"), []);
    }
}
