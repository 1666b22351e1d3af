"""From replications to answers: designs, intervals, stopping, comparison, contours."""
