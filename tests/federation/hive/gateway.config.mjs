// Hive Gateway before Essor's services: the committed supergraph, addresses and the gateway's secret from the
// environment, and of the client's headers those alone that Essor's own gateway passes on.
import { defineConfig } from "@graphql-hive/gateway";

const PASSED_ON = ["authorization", "accept-language", "traceparent", "tracestate", "x-request-id"];

const { ESSOR_SUBGRAPH_KEY, ESSOR_SUBGRAPH_LOANS_URL, ESSOR_SUBGRAPH_CAPITAL_URL } = process.env;

// Services stream to those who POST; Hive would ask by GET.
const STREAMS = { subscriptions: { options: { method: "POST" } } };

export const gatewayConfig = defineConfig({
  transportEntries: {
    loans: { location: ESSOR_SUBGRAPH_LOANS_URL, options: STREAMS },
    capital: { location: ESSOR_SUBGRAPH_CAPITAL_URL, options: STREAMS },
  },
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      const passed = PASSED_ON.map((name) => [name, request.headers.get(name)]).filter(([, value]) => value);
      return { ...Object.fromEntries(passed), "essor-gateway": ESSOR_SUBGRAPH_KEY };
    },
  },
});
