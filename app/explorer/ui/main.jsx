import "graphiql/setup-workers/vite";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./style.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

/** What the server put into the page: `{ endpoint, defaultQuery }`. */
const settings = JSON.parse(document.getElementById("splice").textContent);

const endpoint = new URL(settings.endpoint, document.baseURI);

/** `?query=…&variables=…` of a shared link; it is shown, never run by itself. */
const link = new URLSearchParams(location.search);

function socketUrl(url) {
  const socket = new URL(url);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  return socket.href;
}

const fetcher = createGraphiQLFetcher({
  url: endpoint.href,
  subscriptionUrl: socketUrl(endpoint),
  headers: {
    accept:
      "application/graphql-response+json, application/json;q=0.9, multipart/mixed;q=0.8",
  },
});

function Explorer() {
  return (
    <>
      <header className="splice-header">
        <h1>Splice</h1>
        <code title="GraphQL endpoint">{endpoint.href}</code>
      </header>
      <main className="splice-main">
        <GraphiQL
          fetcher={fetcher}
          defaultQuery={settings.defaultQuery}
          initialQuery={link.get("query") ?? undefined}
          initialVariables={link.get("variables") ?? undefined}
          inputValueDeprecation
          schemaDescription
        >
          <GraphiQL.Logo>{null}</GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

createRoot(document.getElementById("root")).render(<Explorer />);
