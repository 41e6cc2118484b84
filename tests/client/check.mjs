// The official Graph JavaScript client against graphsim, unchanged: if the
// simulator departs from the protocol where this client looks, it fails here.
// usage: node check.mjs ROOT_URL    (trust through NODE_EXTRA_CA_CERTS)
import assert from "node:assert/strict";
import graph from "@microsoft/microsoft-graph-client";

const { Client, PageIterator, GraphError } = graph;
const root = process.argv[2];
let passed = 0;
let failed = 0;

async function check(name, body) {
  try {
    await body();
    passed++;
    console.log(`ok - ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${name}\n  ${String(error.stack || error).replace(/\n/g, "\n  ")}`);
  }
}

async function sim(path, body) {
  const answer = await fetch(`${root}/__sim/${path}`, {
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json().catch(() => null);
}

async function token() {
  const answer = await fetch(`${root}/firm/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "calsync",
      client_secret: "s3cret",
      scope: `${root}/.default`,
    }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

const events = Array.from({ length: 25 }, (_, i) => ({
  key: `e${i}`,
  organizer: "ann@firm.test",
  subject: `Review ${i}`,
  start: `2026-11-${String(23 + (i % 5)).padStart(2, "0")}T${String(8 + Math.floor(i / 5)).padStart(2, "0")}:00`,
  end: `2026-11-${String(23 + (i % 5)).padStart(2, "0")}T${String(8 + Math.floor(i / 5)).padStart(2, "0")}:30`,
  zone: "Europe/Berlin",
  attendees: i % 2 ? ["xia@client.test"] : [],
}));
await sim("world", {
  now: "2026-11-21T09:00:00Z",
  tenants: [{ id: "firm", domains: ["firm.test"], apps: [{ client_id: "calsync", secret: "s3cret" }] }],
  users: [{ upn: "ann@firm.test", name: "Ann", zone: "Europe/Berlin" }],
  events,
});
const bearer = await token();
const client = Client.init({
  baseUrl: `${root}/`,
  defaultVersion: "v1.0",
  customHosts: new Set([new URL(root).hostname]),
  authProvider: (done) => done(null, bearer),
});
const view = "startDateTime=2026-11-20T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";

async function walk(path, options) {
  const subjects = [];
  const first = await client.api(path).header("Prefer", "odata.maxpagesize=5").get();
  const pages = new PageIterator(client, first, (event) => subjects.push(event) > 0, options);
  await pages.iterate();
  return { items: subjects, delta: pages.getDeltaLink() };
}
const wanted = events.map((e) => e.subject).sort();

await check("get a user", async () => {
  const user = await client.api("/users/ann@firm.test").select("id,displayName,userPrincipalName").get();
  assert.equal(user.userPrincipalName, "ann@firm.test");
});

await check("list events over several pages", async () => {
  const { items } = await walk("/users/ann@firm.test/events");
  assert.deepEqual(items.map((e) => e.subject).sort(), wanted);
});

await check("list a calendar view over several pages", async () => {
  const { items } = await walk(`/users/ann@firm.test/calendarView?${view}`);
  assert.deepEqual(items.map((e) => e.subject).sort(), wanted);
});

await check("delta: a round, an edit, another round with that edit only", async () => {
  const one = await walk(`/users/ann@firm.test/calendarView/delta?${view}`);
  assert.deepEqual(one.items.map((e) => e.subject).sort(), wanted);
  assert.ok(one.delta, "no delta link");
  const id = one.items.find((e) => e.subject === "Review 4").id;
  await client.api(`/users/ann@firm.test/events/${encodeURIComponent(id)}`).patch({ subject: "Moved" });
  const two = await walk(one.delta);
  assert.deepEqual(two.items.filter((e) => !e["@removed"]).map((e) => e.subject), ["Moved"]);
});

await check("create and delete", async () => {
  const made = await client.api("/users/ann@firm.test/events").post({
    subject: "Made here",
    start: { dateTime: "2026-11-25T15:00:00", timeZone: "UTC" },
    end: { dateTime: "2026-11-25T16:00:00", timeZone: "UTC" },
  });
  const path = `/users/ann@firm.test/events/${encodeURIComponent(made.id)}`;
  assert.equal((await client.api(path).get()).subject, "Made here");
  await client.api(path).delete();
  await assert.rejects(client.api(path).get(), (e) => e instanceof GraphError && e.statusCode === 404);
});

await check("an error has code and request id", async () => {
  await assert.rejects(client.api("/users/nobody@firm.test/events").get(), (e) => {
    assert.equal(e.statusCode, 404);
    assert.ok(e.code, "no code");
    assert.ok(e.requestId, "no request id");
    return true;
  });
});

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
