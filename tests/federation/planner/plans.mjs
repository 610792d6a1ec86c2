// Plans operations with the planner of Hive Router.
//
// Reads {"supergraph": SDL, "documents": [text, ...]} and prints one line for each document: {"plan": ...}, or
// {"error": message} where the planner gives none. Some documents end the planner's process: then the lines end early.
import { readFileSync, writeSync } from "node:fs";
import { QueryPlanner } from "@graphql-hive/router-query-planner";

const PERCENTAGE = 50; // for labels of @override that are percentages: no supergraph here has any

function outcome(planner, document) {
  try {
    return { plan: planner.plan(document, null, new Set(), PERCENTAGE) };
  } catch (error) {
    return { error: error.message };
  }
}

const { supergraph, documents } = JSON.parse(readFileSync(0, "utf8"));
const planner = new QueryPlanner(supergraph);
for (const document of documents) {
  writeSync(1, `${JSON.stringify(outcome(planner, document))}\n`);
}
