"""Pages of the workflow: the queue, notices, papers, deadlines, history, calendar, audit."""
