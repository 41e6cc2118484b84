"""Linked pairs: what is compared with the bases, and what goes over."""
from world import candidate, changed, crm_person, digest, event, linked, mailbox, who

ALWAYS = {"description.mode": "always"}
RECORD = {"conflict.scope": "record"}
E1 = event("xia")
XIA = crm_person(E1["attendees"][0], who(E1))
TEAMS = {"provider": "teamsForBusiness", "url": "https://t.test/1"}


def member(key, response="none", role="required"):
    e = event((key, response, role))
    return crm_person(e["attendees"][0], who(e))


def add(case):
    # nothing, or nothing that matters
    case("unchanged", "U2 P-003 F127 F128 S-017",
         "The event comes again with a new change key and time and equal content.",
         linked(E1, changed(E1), again="moved"), want="skip unchanged")
    case("base-moves", "U2",
         "Outlook changed what the CRM does not hold, a category: only the base moves.",
         linked(E1, changed(E1, categories=["Own"])),
         want=("link.base", {"base": {"graph": {"categories": ["Own"]}}}))
    case("class-tentative", "U3 P-093 SC-07",
         "tentative is Free in the CRM. Outlook makes it free: the base moves, nothing is written.",
         linked(event("xia", show_as="tentative"), event("xia", show_as="free")),
         want=("link.base", {"base": {"graph": {"show_as": "free"}}}))
    case("class-elsewhere", "U3 SC-07", "workingElsewhere and oof are one class.",
         linked(event("xia", show_as="workingElsewhere"), event("xia", show_as="oof")),
         want="link.base")
    case("class-confidential", "U3 P-087", "confidential becomes personal: both are private.",
         linked(event("xia", sensitivity="confidential"), event("xia", sensitivity="personal")),
         policy={"private.mode": "full"}, want="link.base")
    case("class-accepted", "U3", "A tentative acceptance that becomes a full one.",
         linked(event(("xia", "tentativelyAccepted")), event(("xia", "accepted"))),
         want="link.base")
    case("class-and-crm-edit", "U3",
         "The CRM says Busy now; Outlook went from tentative to free, one class. No conflict: the "
         "CRM's edit stays.",
         linked(event("xia", show_as="tentative"), event("xia", show_as="free"),
                crm={"show_as": "busy"}),
         want=("skip crm_changed", {"why": {"evidence": "waiting: show_as"}}))
    case("optional-role", "",
         "Roles are remembered with the relation; nothing touched, nothing written.",
         linked(event(("xia", "none", "optional")), again="waits"), want="skip unchanged")
    case("cut-text", "",
         "The CRM holds the head of a long description. What follows the cut changed: nothing.",
         linked(event("xia", body="a" * 50 + "one"), event("xia", body="a" * 50 + "two"),
                base_crm={"body": "a" * 40 + "..."}),
         policy=ALWAYS, want="link.base")
    case("cut-text-head", "", "The head changed: the new text goes over.",
         linked(event("xia", body="a" * 50 + "one"), event("xia", body="b" * 50 + "one"),
                base_crm={"body": "a" * 40 + "..."}),
         policy=ALWAYS, want="crm.update body")
    case("cut-subject", "", "A subject that the CRM cut, and one that was only prolonged.",
         linked(event("xia", subject="s" * 300), event("xia", subject="s" * 301),
                base_crm={"subject": "s" * 255}),
         linked(E1, changed(E1, subject="Review A")),
         want=["link.base", "crm.update subject"])
    case("long-url-stays", "P-096", "The CRM shows no URL because it is too long: no bouncing.",
         linked(event("xia", online={**TEAMS, "url": "https://t.test/" + "x" * 300}),
                event("xia", online={**TEAMS, "url": "https://t.test/" + "x" * 300},
                      categories=["Own"]),
                base_crm={"online": {**TEAMS, "url": None}}),
         want="link.base")
    case("no-subject-stays", "", "Empty in Graph, (no subject) in the CRM: they agree.",
         linked(event("xia", subject=""), event("xia", subject="", categories=["Own"])),
         want="link.base")
    case("unknown-person-leaves", "U5", "Zed, whom nobody knows, is taken off: the base moves.",
         linked(event("xia", "zed"), event("xia")), want="link.base")
    case("not-exchanged-field", "I-006 S-028",
         "Place and reminder changed, which are not exchanged: only what follows is remembered.",
         linked(E1, changed(E1, location="Hall", reminder=30)),
         policy={"fields": "subject, description, time, allday, attendees"},
         want=("link.base", {"base": {"graph": {"location": "Cafe", "reminder": 15}}}))
    # one side changed
    case("subject-changed", "U1 U4 P-032 I-005 S-008 S-009",
         "Outlook renames the event: exactly that is written.",
         linked(E1, changed(E1, subject="Review A")),
         want=("crm.update subject", {
             "meeting": 12, "set": {"subject": "Review A"}, "expect": {"version": 3},
             "base": {"graph": {"subject": "Review A"}}, "lost": "absent", "pending": "absent",
             "mail": [], "why": {"rule": "update", "policy": "direction.events = to_crm"}}))
    case("time-moved", "U4 I-005", "Moved by an hour: start and end, no reminder.",
         linked(E1, changed(E1, start="2026-11-24T10:00:00Z", end="2026-11-24T11:00:00Z")),
         want="crm.update start,end")
    case("all-day-made-timed", "F109", "Dates become instants: both ends and the flag together.",
         linked(event("xia", all_day=True, start="2026-11-24", end="2026-11-25"), E1),
         want="crm.update start,end,all_day")
    case("reminder-changed", "", "A reminder of its own.",
         linked(E1, changed(E1, reminder=30)), want="crm.update reminder")
    case("description-always", "P-075 C-049", "Under always the new text goes over.",
         linked(E1, changed(E1, body="Agenda")), policy=ALWAYS, want="crm.update body")
    case("description-once", "C-047 O-027 SC-38",
         "Under once neither side's later text is looked at; the base keeps the first.",
         linked(E1, changed(E1, body="our price: 10"), crm={"body": "client is broke"}),
         want=("link.base", {"base": {"graph": {"body_digest": digest("Agenda\n- one")}}}))
    case("description-never", "I-038",
         "Turned off later, it does not blank what is there.",
         linked(E1, changed(E1, body="New")), policy={"description.mode": "never"},
         want="link.base")
    case("description-always-later", "C-049",
         "once becomes always: what changed since the first agreement comes over.",
         linked(E1, changed(E1, body="New"), base={"digest": "0" * 32}),
         policy=ALWAYS, want="crm.update body")
    case("description-header-kept", "C-064",
         "The header is not part of the text that is compared.",
         linked(E1, changed(E1, categories=["Own"]),
                base_crm={"body": "From: Ann <ann@firm.test>\nTo/CC: Xia <xia@client.test>\n"
                                  "----------\nAgenda\n- one"}),
         policy={**ALWAYS, "description.header": "yes"}, want="link.base")
    case("private-travels", "O-029 P-086", "Made private on one side, private on the other.",
         linked(E1, changed(E1, sensitivity="private")), policy={"private.mode": "full"},
         want="crm.update sensitivity")
    case("sticky", "O-030",
         "Made public in Outlook: sticky keeps the CRM's private. Made private it travels.",
         linked(event("xia", sensitivity="private"), event("xia")),
         linked(E1, changed(E1, sensitivity="private")),
         policy={"private.mode": "full", "private.sticky": "yes"},
         want=["link.base", "crm.update sensitivity"])
    case("not-sticky", "", "Without it, public travels as well.",
         linked(event("xia", sensitivity="private"), event("xia")),
         policy={"private.mode": "full"}, want="crm.update sensitivity")
    case("crm-changed", "P-005 O-008 I-001 SC-04",
         "Only the CRM changed, one way in: it stays as it is there, nothing moves.",
         linked(E1, crm={"location": "Hall"}, again="waits"),
         want=("skip crm_changed", {"why": {"evidence": "waiting: location"}}))
    case("crm-stamps-only", "F020",
         "A batch job stamped the CRM's row: no field differs.",
         linked(E1, crm={"modified": "2026-11-21T08:30:00Z"}, again="waits"),
         want="skip unchanged")
    case("crm-sync-status", "P-084", "Our own sync status is no edit.",
         linked(E1, crm={"sync_status": "inactive"}, again="waits"), want="skip unchanged")
    # both sides changed
    both = changed(E1, subject="Review A")
    lost = {"subject": "Review B", "location": "Hall"}
    case("conflict-record", "P-031 SC-04",
         "Both changed, the record is at stake: Outlook's whole record wins, what is lost is kept.",
         linked(E1, both, crm=lost), policy=RECORD,
         want=("crm.update subject,location", {
             "set": {"subject": "Review A", "location": "Cafe"}, "lost": lost,
             "why": {"rule": "conflict", "evidence": "lost: subject, location",
                     "policy": "conflict.events = graph"}}))
    case("conflict-field", "F133",
         "Only the field that both changed is at stake; the CRM's place stays and waits.",
         linked(E1, both, crm=lost),
         want=("crm.update subject", {
             "lost": {"subject": "Review B"}, "pending": ["location"],
             "base": {"graph": {"subject": "Review A", "location": "Cafe"}},
             "why": {"rule": "conflict"}}))
    case("conflict-none-field", "F142",
         "Different fields, different clocks: both edits survive.",
         linked(E1, both, crm={"location": "Hall", "modified": "2026-11-21T23:00:00Z"}),
         want=("crm.update subject", {"pending": ["location"], "lost": "absent",
                                      "why": {"rule": "update"}}))
    case("conflict-overwrites-crm", "I-026 P-005 SC-28",
         "An edit in the CRM holds until Outlook changes anything of that event.",
         linked(E1, changed(E1, start="2026-11-24T10:00:00Z", end="2026-11-24T11:00:00Z"),
                crm={"subject": "Mine"}),
         policy=RECORD, want=("crm.update subject,start,end", {"lost": {"subject": "Mine"}}))
    case("conflict-time-is-one", "F133",
         "Start changed here, end there: time is one, or the meeting could end before it starts.",
         linked(E1, changed(E1, start="2026-11-24T09:30:00Z"),
                crm={"end": "2026-11-24T09:15:00Z"}),
         want=("crm.update start,end", {"lost": {"start": "2026-11-24T09:00:00Z",
                                                 "end": "2026-11-24T09:15:00Z"}}))
    case("conflict-same-value", "F134", "Both made the same change: agreed, no conflict.",
         linked(E1, both, crm={"subject": "Review A"}), want="link.base")
    case("conflict-crm-wins", "O-019",
         "The CRM wins: Outlook's value is not taken, the bases stay.",
         linked(E1, both, crm={"subject": "Review B"}),
         policy={"conflict.events": "crm"},
         want=("skip conflict", {"why": {"policy": "conflict.events = crm",
                                         "evidence": "waiting: subject"}}))
    case("conflict-crm-wins-one-field", "O-019",
         "Field by field: the place comes over, the subject is the CRM's.",
         linked(E1, changed(E1, subject="Review A", location="Hall"), crm={"subject": "B"}),
         policy={"conflict.events": "crm"},
         want=("crm.update location", {"pending": ["subject"],
                                       "base": {"graph": {"subject": "Review"}}}))
    case("conflict-newest", "",
         "The later edit wins, whichever side; at the same second Outlook's.",
         *[linked(E1, both, crm={"subject": "Review B", "modified": t}) for t in
           ("2026-11-21T07:59:59Z", "2026-11-21T08:00:00Z", "2026-11-21T08:00:01Z")],
         policy={"conflict.events": "newest"},
         want=["crm.update subject", "crm.update subject", "skip conflict"])
    case("conflict-private", "L8",
         "Of a private event the log gets the fields' names, not their values.",
         linked(event("xia", sensitivity="private"),
                event("xia", sensitivity="private", subject="Secret A"),
                crm={"subject": "Secret B"}),
         policy={"private.mode": "full"},
         want=("crm.update subject", {"lost": "absent", "why": {"evidence": "lost: subject"}}))
    case("no-base-equal", "F143", "The base was lost; the sides agree: a new base.",
         linked(E1, base_crm={}, base={"digest": "absent"}) | {"base": None},
         want=("link.base", {"why": {"rule": "no_base"}}))
    case("no-base-different", "F143", "They do not: for people to look at, nothing is written.",
         linked(E1, crm={"subject": "Other"}) | {"base": None},
         want=("skip conflict", {"why": {"rule": "no_base", "evidence": "differing: subject"}}))
    case("new-field-in-policy", "",
         "A field that was not exchanged until now and differs: conflict.events decides.",
         linked(E1, crm={"location": "Hall"}, base={"location": "absent"}),
         want=("crm.update location", {"lost": {"location": "Hall"}}))
    case("new-field-crm-wins", "",
         "Where the CRM wins, that field is no reason to write to Graph, which might mail people; "
         "but what the CRM does not have at all it gets.",
         linked(E1, crm={"location": "Hall"}, base={"location": "absent"}),
         linked(event("xia", id="AAMk2", uid="2"), crm={"location": ""}, base={"location": "absent"},
                state={"meeting": 13}),
         policy={"direction.events": "both", "conflict.events": "crm", "mail.allow": "all"},
         want=["link.base", ("crm.update location", {"lost": "absent", "why": {"rule": "update"}})])
    case("new-field-empty", "",
         "No value gives way to an empty one, whoever wins.",
         linked(event("xia", location=""), crm={"location": "Hall"}, base={"location": "absent"}),
         want="link.base")
    # people
    case("attendee-added", "U5 F098 F038 SC-11",
         "Outlook adds Yan; Bob, whom a CRM user put on it, stays.",
         linked(E1, event("xia", "yan"), crm={"attendees": [XIA, member("bob")]}),
         want="crm.update +8")
    case("attendee-removed", "U5 SC-11", "Xia is taken off in Outlook, Bob of the CRM stays.",
         linked(E1, event("zed"), crm={"attendees": [XIA, member("bob")]}),
         want="crm.update -xia@client.test")
    case("attendee-removed-in-crm", "U5",
         "The CRM took Xia off; Outlook changes something else: she stays off.",
         linked(E1, changed(E1, subject="Review A"), crm={"attendees": []}),
         want="crm.update subject")
    case("attendee-becomes-known", "U11 SC-10",
         "Zed becomes a contact without any change in Graph.",
         linked(event("xia", "zed"), again="waits") | {
             "who": who(E1) + [{"address": "zed@nowhere.test", "person": "contact", "id": "77",
                                "name": "Zed", "type": "Client", "private": False}]},
         want="crm.update +77")
    case("attendee-one-of-two-addresses", "",
         "Of a contact's two addresses one leaves: the relation stays.",
         linked(event("yan", "yan2"), event("yan2"),
                base_crm={"attendees": [member("yan")]},
                base={"relations": [{"person": "contact", "id": "8", "role": "required",
                                     "response": "none"}]}),
         want="link.base")
    case("answer-changed", "P-060 P-100 SC-02", "Xia accepts, tentatively.",
         linked(E1, event(("xia", "tentativelyAccepted"))),
         want="crm.update ~7=accepted")
    case("answer-set-in-crm", "P-101 F091",
         "A CRM user set Xia to declined: that is theirs, and no edit of the meeting.",
         linked(E1, crm={"attendees": [{**XIA, "response": "declined"}]}, again="waits"),
         want="skip unchanged")
    case("answer-is-no-edit", "",
         "Xia answers, the CRM has renamed the event: the answer comes in, the name stays.",
         linked(E1, event(("xia", "accepted")), crm={"subject": "Mine"}), policy=RECORD,
         want=("crm.update ~7=accepted", {"pending": ["subject"], "lost": "absent"}))
    case("attendees-beyond-max", "P-053 U5",
         "Two of three are in the CRM. The third leaves: the base moves. Somebody before them "
         "comes: the last of the two makes room.",
         linked(event("val", "xia", "yan"), event("val", "xia"),
                base_crm={"attendees": [member("val"), member("xia")]},
                base={"relations": [{"person": "contact", "id": i, "role": "required",
                                     "response": "none"} for i in ("9", "7")]}),
         linked(event("val", "xia"), event("bob", "val", "xia")),
         policy={"attendees.max": "2"},
         want=["link.base", "crm.update +2 -xia@client.test"])
    case("policy-narrowed", "",
         "Contacts are wanted no more: nobody is taken off for it.",
         linked(event("xia", "bob"), event("xia", "bob", categories=["Own"])),
         policy={"attendees.to_crm": "users"},
         want=("link.base", {"base": {"graph": {"relations": [
             {"person": "user", "id": "2", "role": "required", "response": "none"},
             {"person": "contact", "id": "7", "role": "required", "response": "none"}]}}}))
    held = event("xia", "bob", sensitivity="private")
    case("private-becomes-normal", "SC-08 F176",
         "Made without attendees while private; made normal in Outlook: the people come in.",
         linked(held, event("xia", "bob"), base_crm={"attendees": []},
                base={"attendees": "absent", "relations": "absent"}),
         policy={"private.mode": "no_attendees"}, want="crm.update sensitivity +2 +7")
    case("normal-becomes-private", "",
         "Made private without attendees: the people are no longer compared, none is taken off.",
         linked(event("xia", "bob"), event("xia", sensitivity="private")),
         policy={"private.mode": "no_attendees"}, want="crm.update sensitivity")
    room = [{"name": "Boardroom", "address": "room@firm.test"}]
    found = [{"name": "Boardroom", "address": "room@firm.test", "resource": "1"}]
    case("room-added", "P-082", "A room is put on the event.",
         linked(E1, changed(E1, rooms=room, location="Boardroom"), base={"rooms": [],
                                                                         "resources": []},
                rooms=found),
         policy={"locations.mode": "match"}, want="crm.update location +room1")
    case("room-removed", "", "And taken off again; the calendar of Val's, of the CRM, stays.",
         linked(event("xia", rooms=room), E1, base={"rooms": room, "resources": ["1"]},
                base_crm={"rooms": [{**found[0]}, {"resource": "5", "name": "Hall",
                                                   "address": None}]}),
         policy={"locations.mode": "match"}, want="crm.update -room1")
    case("room-renamed-in-crm", "",
         "The calendar has another name now and is not found: the relation stays.",
         linked(event("xia", rooms=room), event("xia", rooms=room, categories=["Own"]),
                base={"rooms": room, "resources": ["1"]}, base_crm={"rooms": found}, rooms=[]),
         policy={"locations.mode": "match"},
         want=("link.base", {"base": {"graph": {"resources": ["1"]}}}))
    # series
    slot = {"kind": "occurrence", "master": "AAMkM", "original_date": "2026-11-24"}
    text = {"recurrence_text": "Weekly on Tue"}
    case("occurrence-follows-master", "O-021 SC-55",
         "The master's subject changed; match gives each occurrence with it.",
         linked(event("xia", series=slot, **text), event("xia", series=slot, subject="B", **text)),
         policy={"recurring.mode": "expand"}, want="crm.update subject")
    case("occurrence-becomes-exception", "",
         "One occurrence is moved: it keeps its slot and its record.",
         linked(event("xia", series=slot, **text),
                event("xia", series={**slot, "kind": "exception"}, **text,
                      start="2026-11-25T09:00:00Z", end="2026-11-25T10:00:00Z")),
         want=("crm.update start,end,recurrence_text,series",
               {"set": {"recurrence_text": "Weekly on Tue (changed)"}}))
    case("expand-ignores-exceptions", "O-020 SC-55",
         "Worked out from the master only: what happens to one date is not followed.",
         linked(event("xia", series=slot, **text),
                event("xia", "cy", series={**slot, "kind": "exception"}, **text,
                      start="2026-11-25T09:00:00Z", end="2026-11-25T10:00:00Z")),
         policy={"recurring.mode": "expand"}, want="skip unchanged")
    rule = {"kind": "master", "master": None, "original_date": None}
    case("series-rule-changed", "C-034 I-005",
         "A CRM series follows its pattern, however long ago it began.",
         linked(event("xia", series=rule, recurrence="FREQ=WEEKLY;BYDAY=TU", **text),
                event("xia", series=rule, recurrence="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
                      recurrence_text="Every 2 weeks on Tue")),
         policy={"recurring.mode": "series", "window.stop": "1d"},
         want="crm.update recurrence,recurrence_text")
    # whose policy, which copy
    case("owner-policy", "U16 A-35",
         "Bob's copy decides, Ann owns it: her policy holds.",
         sections=[(mailbox("bob", {"description.mode": "never"}),
                    [linked(event("ann", "bob", organizer="xia", mailbox="bob"),
                            event("ann", "bob", organizer="xia", mailbox="bob", body="New"),
                            account=2, owner_policy={"description.mode": "always"})], {})],
         want="crm.update body")
    case("copy-kept-out", "L6",
         "Bob takes nothing by rule: his copy stays out of Ann's meeting, whether match has seen "
         "it already or not.",
         sections=[(mailbox("bob", {"select.auto": "none"}), [
             linked(event("xia", "bob", mailbox="bob", id="BBMk1"),
                    state={"deciding": False, "copies": [
                        {"account": 1, "id": "AAMk1", "role": "organizer", "state": "present"}]},
                    owner_policy={}),
             candidate(event("xia", "bob", mailbox="bob", id="BBMk2", uid="2"))], {})],
         want=[("skip kind_off", {"why": {"policy": "select.auto = none"}})] * 2)
    case("copy-joins", "SC-01 C-003",
         "Bob's copy of Ann's linked meeting: it joins, the meeting is left alone.",
         sections=[(mailbox("bob"), [
             linked(event("xia", "bob", mailbox="bob", id="BBMk1"),
                    state={"deciding": False, "copies": [
                        {"account": 1, "id": "AAMk1", "role": "organizer",
                         "state": "present"}]})], {})],
         want=("link.copy", {"expect": {"version": 3, "digest": None},
                             "copy": {"role": "attendee"}, "set": "absent"}))
    others = {"deciding": False, "copies": [
        {"account": 1, "id": "AAMk1", "role": "organizer", "state": "present"},
        {"account": 2, "id": "BBMk1", "role": "attendee", "state": "present"}]}
    mine = event("xia", "bob", mailbox="bob", id="BBMk1")
    case("other-copy-is-ignored", "U6 I-022 O-066 O-068 F140",
         "Bob renames his own copy: only that copy's row is refreshed.",
         sections=[(mailbox("bob"), [linked(mine, changed(mine, subject="Bob's"), state=others,
                                            account=2)], {})],
         want="link.copy")
    guests = {"deciding": False, "copies": [
        {"account": 1, "id": "AAMk1", "role": "attendee", "state": "present"},
        {"account": 2, "id": "BBMk1", "role": "attendee", "state": "present"}]}
    guest = event("ann", "bob", organizer="xia", mailbox="bob", id="BBMk1")
    case("other-copy-answers", "U6 P-100",
         "Xia organizes, Ann's copy decides; what Bob answered only his copy knows.",
         sections=[(mailbox("bob"), [linked(guest, changed(guest, response="accepted"),
                                            state=guests, account=2)], {})],
         want=("crm.update ~2=accepted", {"why": {"rule": "answer"}}))
    case("deciding-copy-moved", "",
         "Another copy decides now: the base is that copy's from here on, marks are per mailbox.",
         sections=[(mailbox("bob"), [
             linked(mine, changed(mine), base={"account": 1, "categories": ["CRM"]},
                    account=2)], {})],
         policy={"category.mark": "CRM", "unmark.to_crm": "delete"},
         want=("link.base", {"base": {"graph": {"account": 2}}}))
    case("dormant-wakes", "F005 O-069",
         "The user was off and is back, with the same events: the link lives on.",
         linked(E1, state={"state": "dormant"}, again="waits"), want="link.base")
