"""Statistics of a programme: waiting work, durations, agreement of assessors."""
