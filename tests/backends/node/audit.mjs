// Runs graphql-http's audit of a server and prints every finding that is not fine, then the count.
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
for (const result of results.filter((one) => one.status !== "ok")) {
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`${results.filter((one) => one.status === "ok").length} of ${results.length}`);
