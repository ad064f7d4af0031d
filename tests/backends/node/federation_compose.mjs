// Composes subgraphs twice: with @theguild/federation-composition and with @apollo/composition.
// Asked with [{name, url, typeDefs}] on standard input; tells on standard output what both say.
import { readFileSync } from "node:fs";
import { composeServices as composeWithApollo } from "@apollo/composition";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const services = JSON.parse(readFileSync(0, "utf8")).map((one) => ({
  ...one,
  typeDefs: parse(one.typeDefs),
}));

const guild = composeServices(services);
const apollo = composeWithApollo(services);

process.stdout.write(
  JSON.stringify({
    supergraph: guild.supergraphSdl ?? null,
    guild: (guild.errors ?? []).map((one) => one.message),
    apollo: (apollo.errors ?? []).map((one) => one.message),
    hints: (apollo.hints ?? []).map((one) => `${one.definition.level.name} ${one.message}`),
  }),
);
