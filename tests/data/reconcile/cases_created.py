"""Events that come in: fields and their classes, owner and key, people, rooms,
series."""
from world import candidate, digest, event, mailbox

ALWAYS = {"description.mode": "always"}
LONG = "https://teams.test/" + "x" * 300


def graph(**members):
    return {"set": members}


def occurrence(n, day, **over):
    return event("xia", id=f"AAMk{n}", start=f"2026-{day}T09:00:00Z", end=f"2026-{day}T10:00:00Z",
                 series={"kind": "occurrence", "master": "AAMkM", "original_date": f"2026-{day}"},
                 recurrence_text="Weekly on Tue, 3 times", **over)


def add(case):
    case("create", "P-004 P-059 P-077 P-078 P-081 P-089 P-091 P-094 SC-01",
         "A meeting with a contact who has not answered: every field of it, in the CRM's terms.",
         candidate(event("xia", ("bob", "accepted"))),
         want=("crm.create", {
             "key": {"uid": "0400AA", "original_date": "", "slot": ""}, "owner": "1", "rank": 0,
             "set": {"subject": "Review", "body": "Agenda\n- one", "start": "2026-11-24T09:00:00Z",
                     "end": "2026-11-24T10:00:00Z", "zone": "Europe/Berlin", "all_day": False,
                     "location": "Cafe", "show_as": "busy", "sensitivity": "normal",
                     "reminder": 15, "online": None, "recurrence": None,
                     "recurrence_text": None, "series": None, "event_type": "meeting",
                     "kind": "appointment"},
             "attendees": {"add": [
                 {"address": "bob@firm.test", "name": "Bob", "role": "required",
                  "response": "accepted", "person": "user", "id": "2"},
                 {"address": "xia@client.test", "name": "Xia", "role": "required",
                  "response": "none", "person": "contact", "id": "7"}]},
             "expect": None, "mail": [],
             "why": {"rule": "create", "evidence": "matched xia@client.test",
                     "policy": "unmatched.mode = skip"}}))
    case("create-all-day", "P-071 F107 SC-01", "Dates stay dates, the end exclusive.",
         candidate(event("xia", all_day=True, start="2026-11-24", end="2026-11-25")),
         want=("crm.create", {"set": {"all_day": True, "start": "2026-11-24",
                                      "end": "2026-11-25"},
                              "copy": {"start": "2026-11-23T23:00:00Z"}}))
    case("create-zero-length", "F113", "Start and end may be one.",
         candidate(event("xia", end="2026-11-24T09:00:00Z")), want="crm.create")
    case("create-classes", "P-092 SC-07 F170",
         "Show As: busy, oof, workingElsewhere, free, tentative, unknown.",
         *[candidate(event("xia", show_as=s, id=f"AAMk{s}", uid=s, subject=s)) for s in
           ("busy", "oof", "workingElsewhere", "free", "tentative", "unknown")],
         want=[("crm.create", graph(show_as=s)) for s in
               ("busy", "oof", "oof", "free", "free", "free")])
    case("create-sensitivities", "P-086 P-087 SC-07",
         "Normal is not private; private, personal and confidential are.",
         *[candidate(event("xia", sensitivity=s, id=f"AAMk{s}", uid=s, subject=s)) for s in
           ("normal", "private", "personal", "confidential")],
         policy={"private.mode": "full"},
         want=[("crm.create", graph(sensitivity=s)) for s in
               ("normal", "private", "private", "private")])
    case("create-without-reminder", "P-091", "No reminder in Graph, none in the CRM.",
         candidate(event("xia", reminder=None)), want=("crm.create", graph(reminder=None)))
    case("create-online", "P-095",
         "Only Teams is an online meeting; another provider is none.",
         candidate(event("xia", online={"provider": "teamsForBusiness", "url": "https://t.test/1"})),
         candidate(event("xia", id="AAMk2", uid="2", subject="Other",
                         online={"provider": "skypeForBusiness", "url": "https://s.test/1"})),
         want=[("crm.create", graph(online={"provider": "teamsForBusiness",
                                            "url": "https://t.test/1"})),
               ("crm.create", graph(online=None))])
    case("create-long-url", "P-096",
         "A URL of 255 characters fits; a longer one is left out and noted.",
         candidate(event("xia", online={"provider": "teamsForBusiness", "url": LONG[:255]})),
         candidate(event("xia", online={"provider": "teamsForBusiness", "url": LONG})),
         want=[("crm.create", {"set": {"online": {"url": LONG[:255]}}, "why": {"notes": "absent"}}),
               ("crm.create", {"set": {"online": {"provider": "teamsForBusiness", "url": None}},
                              "why": {"notes": ["url_too_long"]}})])
    case("create-no-subject", "P-094", "The CRM shows that there is none; the base knows better.",
         candidate(event("xia", subject="")),
         want=("crm.create", {"set": {"subject": "(no subject)"},
                              "base": {"graph": {"subject": ""}}}))
    case("create-emoji", "F137", "Combining accents and emoji pass byte for byte.",
         candidate(event("xia", subject="Cafe\u0301 \U0001f600 \"quoted\"")),
         want=("crm.create", graph(subject="Cafe\u0301 \U0001f600 \"quoted\"")))
    case("create-base", "U1",
         "The base holds Graph's terms, the body as its digest, and whose copy it is.",
         candidate(event("xia", show_as="tentative")),
         want=("crm.create", {"base": {"graph": {
             "show_as": "tentative", "body": "absent", "body_digest": digest("Agenda\n- one"),
             "relations": [{"person": "contact", "id": "7", "role": "required",
                            "response": "none"}], "account": 1}}}))
    # description
    case("create-description-never", "I-038", "No description, not even at first.",
         candidate(event("xia")), policy={"description.mode": "never"},
         want=("crm.create", {"set": {"body": "absent"},
                              "base": {"graph": {"body_digest": "absent"}}}))
    case("create-description-always", "P-075 I-037", "The plain text comes in.",
         candidate(event("xia")), policy=ALWAYS,
         want=("crm.create", graph(body="Agenda\n- one")))
    case("create-description-header", "C-064 SC-35",
         "From and To/CC stand before the text, parted by a line.",
         candidate(event("bob", "zed", "xia")), policy={"description.header": "yes"},
         want=("crm.create", graph(
             body="From: Ann <ann@firm.test>\nTo/CC: Bob <bob@firm.test>; Zed <zed@nowhere.test>; "
                  "Xia <xia@client.test>\n----------\nAgenda\n- one")))
    case("create-header-withheld", "P-055 L8",
         "A private event without attendees does not name them in a header either.",
         candidate(event("xia", sensitivity="private")),
         policy={"description.header": "yes", "private.mode": "no_attendees"},
         want=("crm.create", graph(body="Agenda\n- one")))
    # which fields
    case("create-fields", "S-022 S-023 S-028 I-006",
         "Only the groups in `fields` are written and remembered.",
         candidate(event("xia")), policy={"fields": "subject, description, time, recurrence"},
         want=("crm.create", {
             "set": {"subject": "Review", "body": "Agenda\n- one", "location": "absent",
                     "show_as": "absent", "sensitivity": "absent", "reminder": "absent",
                     "online": "absent", "all_day": "absent"},
             "attendees": {"add": []},
             "base": {"graph": {"location": "absent", "attendees": "absent",
                                "relations": "absent"}}}))
    case("create-all-day-without-flag", "S-028",
         "A CRM without the all-day flag gets the owner's midnights.",
         candidate(event("xia", all_day=True, start="2026-11-24", end="2026-11-25")),
         policy={"fields": "subject, description, time, recurrence"},
         want=("crm.create", graph(start="2026-11-23T23:00:00Z", end="2026-11-24T23:00:00Z",
                                   all_day="absent")))
    case("create-held-fields", "",
         "What the CRM cannot keep is not sent to it.",
         candidate(event("xia")),
         run={"adapter": {"crm": "small", "holds": ["subject", "start", "end", "attendees"]}},
         want=("crm.create", {"set": {"subject": "Review", "body": "absent",
                                      "show_as": "absent", "zone": "absent"}}))
    case("create-type", "I-011", "Synced events get the type that the policy names.",
         candidate(event("xia")), policy={"event.type": "CalendarSyncMeeting_System"},
         want=("crm.create", graph(event_type="CalendarSyncMeeting_System")))
    case("create-past-kind", "I-002 I-003 U12",
         "What is over is an activity, at its very end too; what is not is due then.",
         candidate(event("xia", start="2026-11-21T08:00:00Z", end="2026-11-21T09:00:00Z")),
         candidate(event("xia", id="AAMk2", uid="2", start="2026-11-21T08:00:00Z",
                         end="2026-11-21T09:00:01Z")),
         policy={"past.kind": "activity"},
         want=[("crm.create", {"set": {"kind": "activity"}, "due": "absent"}),
               ("crm.create", {"set": {"kind": "appointment"}, "due": "2026-11-21T09:00:01Z"})])
    # owner and key
    case("owner-organizer", "P-072", "The organizer owns it, seen through her own copy: rank 0.",
         candidate(event("bob", "xia")), want=("crm.create", {"owner": "1", "rank": 0}))
    case("owner-organizer-elsewhere", "P-072 F097",
         "Seen through Bob's copy, Ann owns it all the same; so does Cy, who has no mailbox.",
         sections=[(mailbox("bob"), [
             candidate(event("bob", "xia", mailbox="bob")),
             candidate(event("bob", "xia", organizer="cy", mailbox="bob", id="AAMk2", uid="2",
                             subject="Other"))],
             {})],
         want=[("crm.create", {"owner": "1", "rank": 2}),
               ("crm.create", {"owner": "3", "rank": 2,
                               "attendees": {"add": [
                                   {"address": "bob@firm.test", "name": "Bob",
                                    "role": "required", "response": "none", "person": "user",
                                    "id": "2"},
                                   {"address": "xia@client.test", "name": "Xia",
                                    "role": "required", "response": "none",
                                    "person": "contact", "id": "7"}]}})])
    case("owner-foreign", "P-073",
         "The organizer is no CRM user: the user whose run brings it in.",
         candidate(event("ann", "bob", organizer="xia")),
         want=("crm.create", {"owner": "1", "rank": 1, "key": {"slot": ""}}))
    case("owner-synced", "O-064 O-065 SC-50",
         "Cy does not sync, so Bob owns it; of the people only those who sync are on it.",
         sections=[(mailbox("bob"), [candidate(event("ann", "bob", "dee", "xia", organizer="cy",
                                                     mailbox="bob"))], {})],
         policy={"owner.from": "synced", "attendees.to_crm": "users",
                 "attendees.to_crm_foreign": "synced", "internal.mode": "sync"},
         want=("crm.create", {"owner": "2", "attendees": {"add": [
             {"address": "ann@firm.test", "name": "Ann", "role": "required",
              "response": "none", "person": "user", "id": "1"},
             {"address": "bob@firm.test", "name": "Bob", "role": "required",
              "response": "none", "person": "user", "id": "2"}]}}))
    case("copies-foreign", "C-060 C-062 C-065",
         "Xia organizes: an event for each user who brings it in, each in a slot of its own; "
         "when Ann organizes there is one.",
         sections=[(mailbox("ann"), [candidate(event("ann", "bob", "zed", organizer="xia"))], {}),
                   (mailbox("bob"), [candidate(event("ann", "bob", "zed", organizer="xia",
                                                     mailbox="bob", id="BBMk1")),
                                     candidate(event("bob", "xia", mailbox="bob", id="BBMk2",
                                                     uid="2"))], {})],
         policy={"event.copies": "foreign"},
         want=[("crm.create", {"owner": "1", "key": {"slot": "1"}}),
               ("crm.create", {"owner": "2", "key": {"slot": "2"}}),
               ("crm.create", {"owner": "1", "key": {"slot": ""}})])
    case("copies-each", "S-007",
         "Always one for each: the organizer is then a person on Bob's.",
         sections=[(mailbox("bob"), [candidate(event("bob", "xia", mailbox="bob"))], {})],
         policy={"event.copies": "each"},
         want=("crm.create", {"owner": "2", "key": {"slot": "2"}, "attendees": {"add": [
             {"address": "ann@firm.test", "name": "Ann", "role": "required",
              "response": "accepted", "person": "user", "id": "1"},
             {"address": "bob@firm.test", "name": "Bob", "role": "required",
              "response": "none", "person": "user", "id": "2"},
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]}}))
    case("organizer-under-alias", "",
         "Ann organizes under an alias that nobody knows: she is still herself.",
         candidate(event("xia", organizer="zed", is_organizer=True, response="organizer")),
         policy={"organizer.mode": "firm"}, want=("crm.create", {"owner": "1", "rank": 0}))
    case("no-uid", "F166", "Without a uid the Graph id is the key.",
         candidate(event("xia", uid=None)),
         candidate(event("xia", uid=None, id="AAMk2", subject="Other")),
         want=[("crm.create", {"key": {"uid": "graph:AAMk1"}}),
               ("crm.create", {"key": {"uid": "graph:AAMk2"}})])
    case("user-policy", "U16 A-35",
         "The section's user has a policy of their own.",
         sections=[(mailbox("ann", {"unmatched.mode": "sync"}), [candidate(event("zed"))], {}),
                   (mailbox("bob"), [candidate(event("zed", organizer="bob", mailbox="bob"))],
                    {})],
         want=["crm.create", "skip unmatched"])
    # people
    people = ["xia", ("bob", "tentativelyAccepted"), ("val", "declined", "optional"),
              ("yan", "notResponded"), "zed", "dee"]
    case("relations", "P-074 P-098 P-100 F094",
         "Users and contacts by name, each with the class of the answer; unknown people make no "
         "relation. Cy organizes and does not own it: accepted.",
         sections=[(mailbox("ann"), [candidate(event("ann", *people, organizer="cy"))], {})],
         policy={"owner.from": "synced"},
         want=("crm.create", {"owner": "1", "attendees": {"add": [
             {"address": a + "@" + d, "name": a.capitalize(), "role": role, "response": r,
              "person": kind, "id": number} for a, d, role, r, kind, number in (
                  ("ann", "firm.test", "required", "none", "user", "1"),
                  ("bob", "firm.test", "required", "accepted", "user", "2"),
                  ("cy", "firm.test", "required", "accepted", "user", "3"),
                  ("val", "vendor.test", "optional", "declined", "contact", "9"),
                  ("xia", "client.test", "required", "none", "contact", "7"),
                  ("yan", "client.test", "required", "none", "contact", "8"))]}}))
    case("relations-one-record", "", "Two addresses of one contact are one relation, under the first.",
         candidate(event("yan2", "yan")),
         want=("crm.create", {"attendees": {"add": [
             {"address": "yan@home.test", "name": "Yan", "role": "required",
              "response": "none", "person": "contact", "id": "8"}]}}))
    case("relations-contacts", "I-035 I-036 SC-26",
         "Contacts only: Bob is one too, of a type that is left out, or not.",
         sections=[(mailbox("ann"), [candidate(event("xia", "bob", "zed"),
                                               also={"bob": "Our Personnel"})], {}),
                   ],
         policy={"attendees.to_crm": "contacts", "attendees.exclude_types": "Our Personnel"},
         want=("crm.create", {"attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]}}))
    case("relations-contacts-all-types", "I-036", "The box is cleared: Bob is a contact of it.",
         candidate(event("xia", "bob"), also={"bob": "Our Personnel"}),
         policy={"attendees.to_crm": "contacts"},
         want=("crm.create", {"attendees": {"add": [
             {"address": "bob@firm.test", "name": "Bob", "role": "required",
              "response": "none", "person": "contact", "id": "2bob"},
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]}}))
    case("relations-foreign", "C-061 C-063 SC-37",
         "Xia organizes: her record is on it, our own people are not, though they are contacts too.",
         candidate(event("ann", "bob", "zed", organizer="xia"), also={"bob": "Our Personnel"}),
         policy={"attendees.to_crm_foreign": "contacts"},
         want=("crm.create", {"owner": "1", "attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "accepted", "person": "contact", "id": "7"}]}}))
    case("relations-users", "O-063 SC-49",
         "Users only, syncing or not; no contacts, nobody unknown.",
         candidate(event("bob", "cy", "dee", "xia")), policy={"attendees.to_crm": "users"},
         want=("crm.create", {"attendees": {"add": [
             {"address": "bob@firm.test", "name": "Bob", "role": "required",
              "response": "none", "person": "user", "id": "2"},
             {"address": "cy@firm.test", "name": "Cy", "role": "required",
              "response": "none", "person": "user", "id": "3"}]}}))
    case("relations-none", "", "No people at all.", candidate(event("xia", "bob")),
         policy={"attendees.to_crm": "none"}, want=("crm.create", {"attendees": {"add": []}}))
    many = [{"address": f"p{n:02}@client.test", "name": f"Person {n:02}", "role": "required",
             "response": "none"} for n in range(60, 0, -1)]
    many[0]["name"] = "adam"  # case does not count: he is the first
    known = [{"address": "ann@firm.test", "user": "1", "account": 1, "synced": True}] + [
        {"address": p["address"], "person": "contact", "id": p["address"][1:3], "name": p["name"],
         "type": "Client", "private": False} for p in many]
    case("relations-max", "P-053 P-054",
         "Of sixty the first three by name, whatever their order and case.",
         candidate(event(*many), known=known), policy={"attendees.max": "3"},
         want=("crm.create", {"attendees": {"add": [
             {"address": a, "name": n, "role": "required", "response": "none",
              "person": "contact", "id": i} for a, n, i in (
                  ("p60@client.test", "adam", "60"), ("p01@client.test", "Person 01", "01"),
                  ("p02@client.test", "Person 02", "02"))]}}))
    case("relations-no-address", "F085 F089",
         "An attendee without address is nobody's record; the answers stay with their people.",
         candidate(event({"address": None, "name": "Conference bridge", "role": "required",
                          "response": "none"}, ("xia", "accepted"), ("yan", "declined"))),
         want=("crm.create", {"attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "accepted", "person": "contact", "id": "7"},
             {"address": "yan@client.test", "name": "Yan", "role": "required",
              "response": "declined", "person": "contact", "id": "8"}]}}))
    case("relations-list", "I-028 F088", "A distribution list is an address that nobody knows.",
         candidate(event("xia", {"address": "all@firm.test", "name": "All", "role": "required",
                                 "response": "none"})),
         want=("crm.create", {"attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]}}))
    # rooms
    rooms = [{"name": "Boardroom", "address": "room@firm.test"}, {"name": "Cafe", "address": None}]
    found = [{"name": "Boardroom", "address": "room@firm.test", "resource": "1"}]
    case("rooms-matched", "P-046 P-047 P-068 P-082 F100",
         "The room that has a calendar becomes a relation; the cafe is text only.",
         candidate(event("xia", rooms=rooms, location="Boardroom; Cafe"), rooms=found),
         policy={"locations.mode": "match"},
         want=("crm.create", {"set": {"location": "Boardroom; Cafe"}, "rooms": {"add": [
             {"resource": "1", "name": "Boardroom", "address": "room@firm.test"}],
             "remove": []}, "base": {"graph": {"resources": ["1"]}}}))
    case("rooms-text", "P-047", "As delivered locations are text.",
         candidate(event("xia", rooms=rooms), rooms=found),
         want=("crm.create", {"rooms": {"add": []}}))
    case("rooms-ambiguous", "P-048", "Two calendars of one name: none, and a note.",
         candidate(event("xia", rooms=[{"name": "Hall", "address": None}]),
                   rooms=[{"name": "Hall", "ambiguous": True}]),
         policy={"locations.mode": "match"},
         want=("crm.create", {"rooms": {"add": []}, "why": {"notes": ["room_ambiguous"]}}))
    case("rooms-twice", "", "One room under two names is one relation.",
         candidate(event("xia"), rooms=found + [{"name": "room 1", "resource": "1"}]),
         policy={"locations.mode": "match"},
         want=("crm.create", {"rooms": {"add": [
             {"resource": "1", "name": "Boardroom", "address": "room@firm.test"}]}}))
    # series
    case("instances", "P-088 SC-01",
         "Each occurrence is its own event, keyed by the series and its slot.",
         *[candidate(occurrence(n, day)) for n, day in ((1, "11-24"), (2, "12-01"))],
         want=[("crm.create", {"key": {"uid": "0400AA", "original_date": f"2026-{day}"},
                               "set": {"recurrence": None,
                                       "recurrence_text": "Weekly on Tue, 3 times",
                                       "series": {"kind": "occurrence", "master": "0400AA",
                                                  "original_date": f"2026-{day}"}}})
               for day in ("11-24", "12-01")])
    exception = event("xia", id="AAMk2", start="2026-12-02T09:00:00Z", end="2026-12-02T10:00:00Z",
                      series={"kind": "exception", "master": "AAMkM",
                              "original_date": "2026-12-01"},
                      recurrence_text="Weekly on Tue, 3 times")
    case("instances-exception", "P-088",
         "An exception keeps its slot and says that it was changed.", candidate(exception),
         want=("crm.create", {"key": {"original_date": "2026-12-01"},
                              "set": {"recurrence_text": "Weekly on Tue, 3 times (changed)",
                                      "start": "2026-12-02T09:00:00Z"}}))
    master = event("xia", start="2019-11-26T09:00:00Z", end="2019-11-26T10:00:00Z",
                   recurrence="FREQ=WEEKLY;BYDAY=TU", recurrence_text="Weekly on Tue",
                   series={"kind": "master", "master": None, "original_date": None})
    case("series", "S-024 C-010 SC-23 F071",
         "One CRM series: the master, however long ago it began; its occurrences are not events, "
         "an exception is.",
         candidate(master), candidate(occurrence(1, "11-24")), candidate(exception),
         policy={"recurring.mode": "series"},
         want=[("crm.create", {"key": {"original_date": ""}, "set": {
             "recurrence": "FREQ=WEEKLY;BYDAY=TU",
             "series": {"kind": "master", "master": "0400AA", "original_date": None}}}),
               "skip series_master", ("crm.create", {"key": {"original_date": "2026-12-01"}})])
    case("expand", "O-021 SC-55", "One event per date; the master itself is none.",
         candidate(master), candidate(occurrence(1, "11-24")),
         policy={"recurring.mode": "expand"}, want=["skip series_master", "crm.create"])
    case("attendee-cut-by-response", "P-060",
         "Whatever Xia answered, the event comes in.",
         *[candidate(event(("xia", r), id=f"AAMk{r}", uid=r, subject=r)) for r in
           ("none", "accepted", "tentativelyAccepted", "declined", "notResponded")],
         want=["crm.create"] * 5)
    case("attachments-ignored", "P-049 I-029", "Files are not copied, the event is.",
         candidate(event("xia", attachments=True)), want="crm.create")
