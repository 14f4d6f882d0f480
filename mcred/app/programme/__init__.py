"""A programme as its maintainers see it: definitions, rules, statistics."""
