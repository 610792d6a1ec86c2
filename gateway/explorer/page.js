"use strict";

// The token stays in this page: it is kept nowhere, and gone when the page is closed.
const bar = document.getElementById("bar");
const tokenField = document.getElementById("token");
const choice = document.getElementById("examples");
const root = ReactDOM.createRoot(document.getElementById("explorer"));

let shown = { query: "", variables: "" };

function fetcherWith(token) {
  return async (asked) => {
    const headers = { "Content-Type": "application/json", "Accept-Language": "fr" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(asked) });
    return response.json();
  };
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
