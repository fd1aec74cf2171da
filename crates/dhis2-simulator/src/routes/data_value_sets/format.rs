//! Which format is asked for.

use dhis2_api::dialect::behaviour::ServerBehaviour;

use crate::answer::{Answer, container_error};
use crate::server::Call;

/// A format of data values. ADX is not simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    Xml,
}

impl Format {
    pub(super) fn choose(call: &Call<'_>, suffix: &str) -> Result<Self, Box<Answer>> {
        let behaviour = &call.server.behaviour.aggregate;
        let refused =
            |status, message| Box::new(container_error(call.server.container, status, message, call.path, call.accept));
        match suffix {
            "" => {}
            "json" => return Ok(Self::Json),
            "csv" => return Ok(Self::Csv),
            "xml" => return Ok(Self::Xml),
            _ if behaviour.unknown_suffix_refused => return Err(refused(400, "No such format.")),
            _ => return Ok(Self::Json),
        }
        match call.query.first("format") {
            Some("csv") => return Ok(Self::Csv),
            Some("xml") => return Ok(Self::Xml),
            Some(_) => return Ok(Self::Json),
            None if !behaviour.format_by_accept => return Ok(Self::Json),
            None => {}
        }
        for accepted in call.accept.split(',') {
            match accepted.split(';').next().unwrap_or_default().trim() {
                "application/json" | "*/*" | "application/*" | "" => return Ok(Self::Json),
                "application/xml" => return Ok(Self::Xml),
                "application/csv" => return Ok(Self::Csv),
                "text/csv" if behaviour.text_csv => return Ok(Self::Csv),
                "text/csv" => return Err(Box::new(Answer::empty(400))),
                _ => {}
            }
        }
        Err(refused(400, "No acceptable representation"))
    }

    pub(super) fn content_type(self, behaviour: &ServerBehaviour) -> String {
        let new = behaviour.transport.json_charset;
        match self {
            Self::Json => format!("application/json;charset={}", if new { "UTF-8" } else { "utf-8" }),
            Self::Csv => format!("application/csv;{}charset=UTF-8", if new { "" } else { " " }),
            Self::Xml => format!("application/xml;{}charset=UTF-8", if new { "" } else { " " }),
        }
    }
}
