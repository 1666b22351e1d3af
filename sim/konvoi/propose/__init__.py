"""Which plan would work: levers, their costs and limits, the search, and how sure its answer is."""
