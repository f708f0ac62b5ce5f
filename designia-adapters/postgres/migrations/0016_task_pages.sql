-- People look for the few tasks of one kind, or of one queue, among a million of others: a page of them is read in the order of
-- an index, and passes over nothing. Ids rise with time, so each kind and queue is written at the end of its part.

CREATE INDEX task_history_by_kind ON designia.task_history (kind, id);
CREATE INDEX task_history_by_queue ON designia.task_history (queue, id);
