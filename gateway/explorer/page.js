"use strict";

// The token stays in this page: it is kept nowhere, and gone when the page is closed.
const bar = document.getElementById("bar");
const tokenField = document.getElementById("token");
const choice = document.getElementById("examples");
const root = ReactDOM.createRoot(document.getElementById("explorer"));

let shown = { query: "", variables: "" };

function fetcherWith(token) {
  return async (asked) => {
    const headers = {
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
      "Accept-Language": "fr",
    };
    if (token) headers.Authorization = `Bearer ${token}`;
    const stop = new AbortController();
    const response = await fetch("/graphql", {
      method: "POST", headers, body: JSON.stringify(asked), signal: stop.signal,
    });
    const isStream = response.headers.get("content-type").startsWith("text/event-stream");
    return isStream ? streamed(response.body, stop) : response.json();
  };
}

// The answers of a subscription, one for each event, until its stream ends or GraphiQL's button stops it.
function streamed(body, stop) {
  const answers = answersOf(body);
  return {
    [Symbol.asyncIterator]() { return this; },
    next: () => answers.next().catch((error) => {
      if (stop.signal.aborted) return { done: true, value: undefined };
      throw error;
    }),
    return: async () => {
      stop.abort();
      return { done: true, value: undefined };
    },
  };
}

async function* answersOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const lines of blocks.map((block) => block.split("\n"))) {
      if (lines.includes("event: complete")) return;
      const data = lines.find((line) => line.startsWith("data: "));
      if (lines.includes("event: next")) yield JSON.parse(data.slice("data: ".length));
    }
  }
}

let fetcher = fetcherWith("");

function show() {
  root.render(
    React.createElement(GraphiQL, {
      // Made anew for each example: it would go on asking for the operation of the one before.
      key: choice.value,
      fetcher,
      query: shown.query,
      variables: shown.variables,
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: "variables",
    }),
  );
}

// Another fetcher makes GraphiQL ask for the schema again, now that somebody is known.
tokenField.addEventListener("change", () => {
  fetcher = fetcherWith(tokenField.value.trim());
  show();
});

bar.addEventListener("submit", (event) => event.preventDefault());

fetch("/graphql/explorer/examples.json")
  .then((response) => response.json())
  .then((examples) => {
    for (const [place, example] of examples.entries()) choice.add(new Option(example.title, String(place)));
    choice.addEventListener("change", () => {
      if (choice.value === "") return;
      shown = examples[Number(choice.value)];
      show();
    });
    if (examples.length > 0) {
      shown = examples[0];
      choice.value = "0";
    }
    show();
  });
