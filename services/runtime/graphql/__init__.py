"""What both subgraphs share: scalars, refusals, batches of entities, mutations done once, and the door."""
