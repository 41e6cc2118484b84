"""locations.mode=create and limit.per_day: places are made before the events
that stand in them, and what is over the day's number waits for the next."""
from world import NOW, candidate, changed, event, linked, mailbox, removed
from world_out import OUT, made, pitch

MADE = {"locations.mode": "create"}
NINE = {"name": "Room 9", "address": "room9@firm.test"}
CAFE = {"name": "Cafe", "address": None}
TOMORROW = "2026-11-22T00:00:00Z"


def numbered(n, **over):
    return event("xia", id=f"AAMk{n}", uid=f"0400A{n}", subject=f"Review {n}", **over)


def place(name, address, **members):
    return ("crm.location.create name,address",
            {"id": None, "set": {"name": name, "address": address}, "mail": [], **members})


def add(case):
    box = mailbox()
    case("place-made", "P-068",
         "A room with an address that the CRM has no calendar for: one is made, named by the "
         "displayName without outer blanks, before the event. The cafe is text.",
         candidate(numbered(1, rooms=[{**NINE, "name": " Room 9 "}, CAFE])),
         policy=MADE,
         want=[place("Room 9", "room9@firm.test", limits="absent",
                     why={"policy": "locations.mode = create"}),
               ("crm.create", {"rooms": {"add": [{"resource": None, "name": " Room 9 ",
                                                  "address": "room9@firm.test"}], "remove": []},
                               "base": {"graph": {"resources": []}}})])
    case("place-once-a-page", "P-065 U13",
         "Three events of one room: the page names it once. Behind a mark it is named again, "
         "as it is another transaction.",
         candidate(numbered(1, rooms=[NINE])), candidate(numbered(2, rooms=[NINE, NINE])),
         {"type": "page", "resume": "https://graph.test/next",
          "window": box["window"], "round": NOW},
         candidate(numbered(3, rooms=[NINE])), policy=MADE,
         want=[place("Room 9", "room9@firm.test"), "crm.create",
               ("crm.create", {"rooms": {"add": [{"resource": None, "name": "Room 9",
                                                  "address": "room9@firm.test"}]}}),
               place("Room 9", "room9@firm.test"), "crm.create"])
    case("place-only-missing", "P-047 P-048",
         "What the CRM has, by name or by address, is not made again; two of one name neither; "
         "under match nothing is made.",
         candidate(numbered(1, rooms=[NINE]), rooms=[{**NINE, "resource": "4"}]),
         candidate(numbered(2, rooms=[NINE]), rooms=[{**NINE, "ambiguous": True}]),
         policy=MADE,
         want=[("crm.create", {"rooms": {"add": [{**NINE, "resource": "4"}]}}),
               ("crm.create", {"rooms": {"add": []}, "why": {"notes": ["room_ambiguous"]}})])
    case("place-not-under-match", "P-047", "Under match the admin makes it.",
         candidate(numbered(1, rooms=[NINE])), policy={"locations.mode": "match"},
         want=("crm.create", {"rooms": {"add": []}}))
    before = event("xia", rooms=[])
    case("place-of-an-update", "",
         "A new room is put on a linked event.",
         linked(before, changed(before, rooms=[NINE], location="Room 9"),
                base={"rooms": [], "resources": []}),
         policy=MADE,
         want=[place("Room 9", "room9@firm.test"), "crm.update location +room room9@firm.test"])
    case("place-of-a-skip", "", "An event that does not come in makes nothing.",
         candidate(event("zed", rooms=[NINE])), policy=MADE, want="skip unmatched")
    case("place-shown", "",
         "The CRM's event has the room, and its calendar was switched off: nothing is added.",
         linked(event("xia", rooms=[NINE]), event("xia", rooms=[NINE], subject="New"),
                base={"rooms": [NINE], "resources": []},
                base_crm={"rooms": [{**NINE, "resource": "4"}]}),
         policy=MADE, want="crm.update subject")

    # limit.per_day
    two = {**MADE, "limit.per_day": "2"}
    case("limit-per-day", "",
         "Two a day: the place and the first event; the rest waits for midnight.",
         *[candidate(numbered(n, rooms=[NINE])) for n in (5, 6, 7)], policy=two,
         want=[place("Room 9", "room9@firm.test", limits={"day": 2}),
               ("crm.create", {"limits": {"day": 2}}),
               ("skip limit", {"due": TOMORROW, "id": "AAMk6",
                               "why": {"rule": "limit.per_day", "policy": "limit.per_day = 2"}}),
               ("skip limit", {"due": TOMORROW, "id": "AAMk7"})])
    case("limit-order", "U13",
         "What came last begins first: it is taken first, and of two that begin together the "
         "one with the lower id. What stands behind a mark waits for its own page.",
         candidate(numbered(7, start="2026-11-26T09:00:00Z", end="2026-11-26T10:00:00Z")),
         candidate(numbered(6)), candidate(numbered(5)),
         {"type": "page", "resume": "https://graph.test/next", "window": box["window"], "round": NOW},
         candidate(numbered(4, start="2026-11-23T09:00:00Z", end="2026-11-23T10:00:00Z")),
         policy={"limit.per_day": "2"},
         want=[("crm.create", {"id": "AAMk5"}), ("crm.create", {"id": "AAMk6"}),
               ("skip limit", {"id": "AAMk7"}), ("skip limit", {"id": "AAMk4"})])
    case("limit-spent", "P-066",
         "The day's number was used up before this run: nothing but the place passes.",
         candidate(numbered(5, rooms=[NINE])), policy=two, run={"spent": {"mails": 0, "ops": 2}},
         want=[place("Room 9", "room9@firm.test"), "skip limit"])
    e = event("xia", "bob")
    seen_by_bob = event("xia", "bob", mailbox="bob", id="AAMkB", response="none")
    case("limit-one-meeting", "",
         "A meeting's copies are one op: Bob's joins, whatever the number; another does not.",
         policy={"limit.per_day": "1", "backfill.in": "all"},
         sections=[(mailbox(), [candidate(e)], {}),
                   (mailbox("bob"), [candidate(seen_by_bob), candidate(
                       event("xia", "bob", mailbox="bob", id="AAMkC", uid="0400CC"))], {})],
         want=["crm.create", "crm.create", "skip limit"])
    case("limit-free", "", "Bases and copies are no ops.",
         linked(before, event("xia", categories=["Own"])),
         policy={"limit.per_day": "1"}, run={"spent": {"ops": 1}}, want="link.base")
    case("limit-delete", "", "A deletion waits as well, and is due then.",
         removed(before), policy={"limit.per_day": "1", "delete.to_crm": "delete"},
         run={"spent": {"ops": 1}}, want=("skip limit", {"due": TOMORROW}))
    case("limit-out", "",
         "Writes to Graph count too, earliest start first; no mail is spent on what waits, and "
         "its change sleeps until the next day.",
         made(pitch("xia", start="2026-11-26T09:00:00Z", end="2026-11-26T10:00:00Z")),
         made(pitch("yan", crm_id="103")),
         policy={**OUT, "limit.per_day": "3", "mail.per_run": "1"}, run={"spent": {"ops": 2}},
         want=[("graph.create +yan@client.test", {"crm_id": "103", "mail": ["yan@client.test"],
                                                  "limits": {"run": 1, "day": 3}}),
               ("skip limit", {"crm_id": "102", "changes": [14], "due": TOMORROW})])
