"""What assessors do: what waits for them, their scores, their places in a panel."""
