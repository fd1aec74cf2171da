//! Several runs with one receipt.

use crate::receipt::{ChunkState, Receipt, State};

impl Receipt {
    /// Takes in what another run of the same work came to: its chunks, its counts, its warnings, each warning once. The
    /// question, the server and the beginning stay those of the first; the rows are to be counted when the result stands.
    pub fn absorb(&mut self, other: Self) {
        // Both are of the same clock and spelled alike.
        self.finished_at = self.finished_at.clone().max(other.finished_at);
        if other.state == State::Partial {
            self.state = State::Partial;
        }
        self.rows += other.rows;
        self.duplicates_removed += other.duplicates_removed;
        self.requests += other.requests;
        self.retries += other.retries;
        self.bytes += other.bytes;
        self.chunks.extend(other.chunks);
        self.splits.extend(other.splits);
        for warning in other.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self.changed.extend(other.changed);
    }

    /// Takes in what a run cost whose rows are not among the result: its requests, its warnings, and what failed of it.
    pub fn absorb_look(&mut self, mut other: Self) {
        other.chunks.retain(|chunk| chunk.state != ChunkState::Complete);
        // What such a run is missing matters; how its own rows are to be taken does not.
        other.warnings.retain(|warning| warning.kind.means_missing());
        other.rows = 0;
        other.duplicates_removed = 0;
        self.absorb(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::{ServerReceipt, Warning, WarningKind};

    fn receipt(state: State) -> Receipt {
        let server = ServerReceipt { url: String::new(), version: String::new(), time_zone: None, user: None };
        let warning = Warning { kind: WarningKind::NewServer, message: "new".to_owned() };
        Receipt {
            tool: String::new(),
            extract: "events".to_owned(),
            query: serde_json::Value::Null,
            privacy: None,
            server,
            started_at: "a".to_owned(),
            finished_at: "b".to_owned(),
            part: None,
            state,
            rows: 2,
            duplicates_removed: 1,
            requests: 3,
            retries: 1,
            bytes: 10,
            chunks: Vec::new(),
            warnings: vec![warning],
            splits: Vec::new(),
            changed: Vec::new(),
            wide: Vec::new(),
            files: Vec::new(),
        }
    }

    #[test]
    fn what_is_partial_in_one_run_is_partial_in_all_and_no_warning_comes_twice() {
        let mut all = receipt(State::Complete);
        all.absorb(receipt(State::Complete));
        assert_eq!((all.state, all.rows, all.requests, all.warnings.len()), (State::Complete, 4, 6, 1));
        all.absorb(receipt(State::Partial));
        assert_eq!((all.state, all.duplicates_removed, all.bytes), (State::Partial, 3, 30));
    }
}
