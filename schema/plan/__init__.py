"""Plans: an operation as a few fetches and one shape for each, so that answering costs little.

Read in this order: `model` (what a plan is), `collect` and `wanted` (what is selected), `build`
(operation -> plan), `project` (the shape that fits every kind), `run` (plan -> response).
Whatever a plan cannot say is left to the exact path, which is graphql-core over the same answers.
"""
