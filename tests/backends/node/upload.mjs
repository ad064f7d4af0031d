// Sends files as the GraphQL multipart request specification says, with Node's own FormData and
// fetch, and prints the answer.
//
//   node upload.mjs URL OPERATIONS MAP NAME=CONTENT…
//
// Each file is named by its part; its media type is image/png.
const [url, operations, map, ...files] = process.argv.slice(2);

const form = new FormData();
form.append("operations", operations);
form.append("map", map);
files.forEach((file, index) => {
  const [name, content] = file.split("=");
  form.append(String(index), new File([content], name, { type: "image/png" }));
});

const answer = await fetch(url, {
  method: "POST",
  headers: { "apollo-require-preflight": "true" },
  body: form,
});
console.log(await answer.text());
