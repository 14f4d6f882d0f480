"""The domain model as frozen values and pure functions: programmes, submissions, awards, rules, audit."""
