"""Is it me? What a run has learnt, measured on replies that it has not seen."""
