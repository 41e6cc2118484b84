"""The way out: linked pairs, field by field, people, ends and private ones."""
from world import changed, digest, event, mailbox, removed
from world_out import OUT, edited, member, relation

E1 = event("xia")
MOVED = {"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z"}
CRM_WINS = {**OUT, "conflict.events": "crm"}
TRIGGER = {**OUT, "attendees.trigger": "yes"}
TEAMS = {"provider": "teamsForBusiness", "url": None}
GONE = {"deleted": True}
OTHERS = event("ann", "xia", organizer="bob")


def add(case):
    # one side changed
    case("out-edit", "U1 U4 P-032 P-011 C-053 O-067 S-026 SC-04",
         "The CRM moves the place: exactly that is written, to the state that was seen; the base "
         "is the event as it will be.",
         edited(E1, crm={"location": "Hall"}), policy=OUT,
         want=("graph.update location", {
             "id": "AAMk1", "crm_id": "101", "meeting": 12, "etag": 'W/"1"',
             "set": {"location": "Hall"}, "was": {"location": "Cafe"},
             "base": {"graph": {"location": "Hall", "subject": "Review"},
                      "crm": {"location": "Hall", "subject": "absent"}},
             "expect": {"version": 3}, "changes": [12], "lost": "absent",
             "mail": ["xia@client.test"],
             "why": {"rule": "update", "policy": "direction.events = both"}}))
    case("out-edit-nothing", "F020 U2", "Stamped anew, nothing edited: acknowledged.",
         edited(E1, crm={"modified": "2026-11-21T08:30:00Z"}), policy=OUT,
         want=("skip unchanged", {"changes": [12], "crm_id": "101"}))
    case("out-edit-both", "U1",
         "Outlook renamed it, the CRM moved the place: each goes to the other side, made from the "
         "same state; the CRM's change is settled by what goes out.",
         edited(E1, changed(E1, subject="Review A"), crm={"location": "Hall"}), policy=OUT,
         want=[("crm.update subject", {"pending": ["location"], "expect": {"version": 3},
                                       "changes": "absent",
                                       "base": {"graph": {"location": "Cafe"}}}),
               ("graph.update location", {"etag": 'W/"2"', "expect": {"version": 3},
                                          "changes": [12],
                                          "base": {"graph": {"subject": "Review A",
                                                             "location": "Hall"}}})])
    case("out-edit-same", "F134", "Both sides have the same new value: only the bases move.",
         edited(E1, changed(E1, subject="S2"), crm={"subject": "S2"}), policy=OUT,
         want=("link.base", {"changes": [12]}))
    case("out-one-way", "P-005 SC-04", "One way in, the CRM's edit stays, and is acknowledged.",
         edited(E1, crm={"location": "Hall"}), policy={**OUT, "direction.events": "to_crm"},
         want=("skip crm_changed", {"changes": [12]}))
    case("out-only", "P-005 SC-04",
         "One way out, Outlook's edit stays there, and the CRM's goes.",
         edited(E1, changed(E1, subject="A")),
         edited(E1, changed(E1, subject="A"), crm={"location": "Hall"}),
         policy={**OUT, "direction.events": "to_graph"},
         want=["skip direction", ("graph.update location", {
             "base": {"graph": {"subject": "Review"}}})])
    case("out-time", "U4 C-053 SC-05 P-089 P-090",
         "Moved in the CRM: start, end, flag and zone together. The minutes of the reminder stay, "
         "and the CRM's reminder moves with the start.",
         edited(E1, crm={**MOVED, "reminder": 75}), policy=OUT,
         want=[("crm.update reminder", {"set": {"reminder": 15}, "changes": "absent",
                                        "pending": ["start", "end", "zone", "all_day"]}),
               ("graph.update start,end,zone,all_day", {
                   "set": {"start": "2026-11-24T10:00:00Z", "zone": "Europe/Berlin"},
                   "mail": ["xia@client.test"]})])
    case("out-time-and-reminder", "",
         "Start and reminder moved by the same step: the minutes are equal, no reminder is written.",
         edited(E1, crm=MOVED), policy=OUT, want="graph.update start,end,zone,all_day")
    case("out-time-lost-and-reminder", "F133",
         "Moved on both sides, and Graph wins: no person chose the minutes that the CRM shows, so they "
         "do not go out and are not lost.",
         edited(E1, changed(E1, start="2026-11-24T12:00:00Z", end="2026-11-24T13:00:00Z"),
                crm={**MOVED, "reminder": 75}), policy=OUT,
         want=("crm.update start,end,reminder", {"set": {"reminder": 15}}))
    case("out-time-and-new-reminder", "",
         "Moved, and another reminder chosen: both are written.",
         edited(E1, crm={**MOVED, "reminder": 30}), policy=OUT,
         want="graph.update start,end,zone,all_day,reminder")
    case("out-time-before-reminder", "",
         "Moved to before the moment of the reminder, which nobody touched.",
         edited(E1, crm={"start": "2026-11-24T08:00:00Z", "reminder": 0}), policy=OUT,
         want=["crm.update reminder", "graph.update start,end,zone,all_day"])
    case("out-all-day", "F109", "Made all-day in the CRM: the flag and dates in one write.",
         edited(E1, crm={"all_day": True, "start": "2026-11-24", "end": "2026-11-25",
                         "reminder": None}),
         policy=OUT, want=("graph.update start,end,zone,all_day,reminder",
                           {"set": {"all_day": True, "start": "2026-11-24", "reminder": None}}))
    case("out-zone-of-graph", "",
         "A pair that the CRM made shows UTC there and a zone in Graph: moved by Outlook and by the "
         "CRM to the same time, there is nothing to write.",
         edited(E1, changed(E1, **MOVED), crm=MOVED, base_crm={"zone": "UTC"}), policy=OUT,
         want="link.base")
    case("out-zone-moved", "", "Moved in the CRM, Graph keeps its zone; another one is chosen there.",
         edited(E1, crm=MOVED, base_crm={"zone": "UTC"}),
         edited(E1, crm={**MOVED, "zone": "Europe/London"}, base_crm={"zone": "UTC"}), policy=OUT,
         want=[("graph.update start,end,zone,all_day", {"set": {"zone": "Europe/Berlin"}}),
               ("graph.update start,end,zone,all_day", {"set": {"zone": "Europe/London"}})])
    case("out-reminder", "F032",
         "A reminder is the user's own: strict, nobody is mailed.",
         edited(E1, crm={"reminder": 30}), policy={**OUT, "mail.allow": "none"},
         want=("graph.update reminder", {"mail": [], "limits": {"run": None}}))
    case("out-reminder-paranoid", "F032", "Paranoid: every write mails all, and is held.",
         edited(E1, crm={"reminder": 30}),
         policy={**OUT, "mail.allow": "none", "mail.model": "paranoid"},
         want=("hold mail_held graph.update reminder", {"held": {"mail": ["xia@client.test"]}}))
    case("out-show-as", "U3 P-092 P-093 SC-07",
         "Free in the CRM for a tentative event. To Busy: that is written. Free for a working "
         "elsewhere event: that, too.",
         edited(event("xia", show_as="tentative"), crm={"show_as": "busy"}),
         edited(event("xia", show_as="workingElsewhere"), crm={"show_as": "free"}),
         policy={**OUT, "mail.allow": "none"},
         want=[("graph.update show_as", {"set": {"show_as": "busy"}}),
               ("graph.update show_as", {"set": {"show_as": "free"}})])
    case("out-sensitivity", "P-086 P-087 SC-07",
         "Made public in the CRM: normal. Made private: private.",
         edited(event("xia", sensitivity="personal"), crm={"sensitivity": "normal"}),
         edited(E1, crm={"sensitivity": "private"}), policy=OUT,
         want=[("graph.update sensitivity", {"set": {"sensitivity": "normal"}}),
               ("graph.update sensitivity", {"set": {"sensitivity": "private"}})])
    case("out-sticky", "O-030", "Sticky: made public in the CRM, only that side's base moves.",
         edited(event("xia", sensitivity="private"), crm={"sensitivity": "normal"}),
         policy={**OUT, "private.sticky": "yes"}, want=("link.base", {"changes": [12],
                                                                     "pending": "absent"}))
    case("out-online", "",
         "Ticked in the CRM: an online meeting. Unticked: Graph does not take it back, only the "
         "base moves. Its address is Graph's.",
         edited(E1, crm={"online": TEAMS}),
         edited(event("xia", online={**TEAMS, "url": "https://t.test/1"}), crm={"online": None}),
         edited(event("xia", online={**TEAMS, "url": "https://t.test/1"}),
                crm={"online": {**TEAMS, "url": "https://evil.test"}}), policy=OUT,
         want=["link.base", "link.base",
               ("graph.update online", {"set": {"online": {"provider": "teamsForBusiness"}}})])
    case("out-read-only", "", "What the CRM shows for people only is no edit.",
         edited(E1, crm={"recurrence_text": "Weekly", "sync_status": "never",
                         "event_type": "call"}), policy=OUT, want="skip unchanged")
    case("out-recurrence", "F028", "A single event becomes a series by one write.",
         edited(E1, crm={"recurrence": "FREQ=WEEKLY;COUNT=3"}), policy=OUT,
         want=("graph.update recurrence", {"mail": ["xia@client.test"]}))
    case("out-series", "F022 SC-23",
         "A series is written through its master; its exceptions are mailed as well.",
         edited(event("xia", recurrence="FREQ=WEEKLY",
                      series={"kind": "master", "master": None, "original_date": None}),
                crm={"location": "Hall"}),
         edited(event("xia", recurrence="FREQ=WEEKLY",
                      series={"kind": "master", "master": None, "original_date": None}),
                crm={"location": "Hall"}, exceptions=2),
         policy={**OUT, "recurring.mode": "series"},
         want=[("graph.update location", {"mail": ["xia@client.test"]}),
               ("graph.update location", {"mail": ["xia@client.test"] * 3})])
    case("out-fields", "U4 S-028", "What is not exchanged does not go out.",
         edited(E1, crm={"location": "Hall", "subject": "New"}),
         policy={**OUT, "fields": "subject, description, time"},
         want=("graph.update subject", {"set": {"location": "absent"}}))
    case("out-no-subject", "", "(no subject) is no subject.",
         edited(E1, crm={"subject": "(no subject)"}), policy=OUT,
         want=("graph.update subject", {"set": {"subject": ""}}))
    # the description
    case("out-body", "P-076 C-048",
         "always: the CRM's text goes out, without the header; once and never: it stays.",
         *[edited(E1, crm={"body": "From: Ann\nTo/CC: Xia\n----------\nNew"},
                  owner_policy={**OUT, "description.mode": m}) for m in ("always", "once", "never")],
         policy=OUT, want=["skip unchanged", "skip unchanged",
                           ("graph.update body", {"set": {"body": "New"},
                                                  "was": {"body": "Agenda\n- one"}})])
    case("out-body-cut", "",
         "The CRM holds only the head of a long text, and it was edited there: held, for it would "
         "lose the rest. Not edited: nothing.",
         edited(event("xia", body="a" * 60), base_crm={"body": "a" * 40 + "..."},
                crm={"body": "b" + "a" * 39 + "..."}),
         edited(event("xia", body="a" * 60), base_crm={"body": "a" * 40 + "..."}), policy=OUT,
         want=["skip unchanged", ("hold body_cut graph.update body", {"mail": []})])
    cut = {"base_crm": {"body": "a" * 40 + "..."}}
    edit = {"body": "b" + "a" * 39 + "..."}
    case("out-body-cut-and-more", "",
         "Such a text and the place, or one more guest, were edited: these go, the text stays as it "
         "is on either side, and the changes stay pending, so that the next run holds it. A list "
         "that goes with another write only: the text alone is held.",
         edited(event("xia", body="a" * 60), **cut, crm={**edit, "location": "Hall"}),
         edited(event("xia", body="a" * 60), **cut, owner_policy=TRIGGER,
                crm={**edit, "attendees": [member("xia"), member("yan")]}),
         edited(event("xia", body="a" * 60), **cut,
                crm={**edit, "attendees": [member("xia"), member("yan")]}),
         edited(event("xia", body="a" * 60), changed(event("xia", body="a" * 60), subject="New"),
                **cut, crm={**edit, "location": "Hall"}),
         policy=OUT,
         want=[("crm.update subject", {"pending": ["body", "location"], "changes": "absent"}),
               ("graph.update location", {
                   "changes": [], "mail": ["xia@client.test"],
                   "base": {"graph": {"body_digest": digest("a" * 60)},
                            "crm": {"location": "Hall", "body_digest": "absent"}},
                   "why": {"evidence": "the text waits: the CRM has only its head"}}),
               ("graph.update +yan@client.test", {"changes": [], "mail": ["yan@client.test"]}),
               ("hold body_cut graph.update body,attendees", {}),
               ("graph.update location", {"changes": []})])
    case("out-body-rewritten", "F136",
         "Exchange has rewritten the CRM's own text: it was not cut, and goes out when edited.",
         edited(event("xia", body="a\n\nb"), base={"body_of": "crm"},
                base_crm={"body": "a\n\n\n\nb "}, crm={"body": "c"}), policy=OUT,
         want=("graph.update body", {"base": {"graph": {"body_of": "crm",
                                                        "body_digest": digest("c")}}}))
    case("out-body-empty", "", "Neither side has a text, one says null: they agree.",
         edited(event("xia", body=""), base_crm={"body": None}), policy=OUT, want="skip unchanged")
    case("out-body-backlink", "S-010 SC-20",
         "The line with the link is not compared, and stays when the text is written.",
         *[edited(event("xia", body="notes\n\nShow Lead https://crm.test/7"),
                  base={"body_of": "crm"}, base_crm={"body": "notes", "url": "https://crm.test/7"},
                  state={"born": "crm"}, crm=crm) for crm in ({}, {"body": "more"})],
         policy={**OUT, "backlink": "Show Lead {url}"},
         want=["skip unchanged",
               ("graph.update body", {"set": {"body": "more\n\nShow Lead https://crm.test/7"}})])
    case("out-body-no-backlink", "S-011",
         "What was born in Outlook gets no link with a text of the CRM.",
         edited(event("xia", body="notes"), base_crm={"url": "https://crm.test/7"},
                crm={"body": "more"}), policy={**OUT, "backlink": "Show Lead {url}"},
         want=("graph.update body", {"set": {"body": "more"}}))
    # both sides changed
    case("out-conflict-graph", "P-031 F133", "Graph wins: the CRM's value is lost, and logged.",
         edited(E1, changed(E1, subject="Review A"), crm={"subject": "Review B"}), policy=OUT,
         want=("crm.update subject", {"lost": {"subject": "Review B"}, "changes": [12]}))
    case("out-conflict-crm", "O-019 F133",
         "The CRM wins: its value goes out, and Graph's is logged.",
         edited(E1, changed(E1, subject="Review A"), crm={"subject": "Review B"}), policy=CRM_WINS,
         want=("graph.update subject", {
             "set": {"subject": "Review B"}, "was": {"subject": "Review A"},
             "lost": {"subject": "Review A"}, "lost_side": "graph",
             "why": {"rule": "conflict", "evidence": "lost: subject"}}))
    case("out-conflict-newest", "O-019 F142", "The newer one wins.",
         *[edited(E1, changed(E1, subject="A"), crm={"subject": "B", "modified": at})
           for at in ("2026-11-21T07:59:59Z", "2026-11-21T08:00:01Z")],
         policy={**OUT, "conflict.events": "newest"},
         want=["crm.update subject", "graph.update subject"])
    case("out-conflict-record", "P-031 SC-04",
         "By record: Graph wins all of it, also what only the CRM has changed.",
         edited(E1, changed(E1, subject="Review A"),
                crm={"subject": "Review B", "location": "Hall"}),
         policy={**OUT, "conflict.scope": "record"},
         want=("crm.update subject,location", {"lost": {"subject": "Review B",
                                                        "location": "Hall"}}))
    case("out-conflict-record-crm", "P-031",
         "By record, the CRM wins: all of its values go out.",
         edited(E1, changed(E1, subject="Review A"), crm={"location": "Hall"}),
         policy={**CRM_WINS, "conflict.scope": "record"},
         want=("graph.update subject,location", {"lost": {"subject": "Review A"}}))
    case("out-conflict-private", "L8", "Of a private event no lost value is told.",
         edited(event("xia", sensitivity="private"),
                changed(event("xia", sensitivity="private"), subject="A"), crm={"subject": "B"}),
         policy=CRM_WINS, want=("graph.update subject", {"lost": "absent"}))
    case("out-dormant", "F005", "A sleeping link comes back to life, and the CRM's edit goes out.",
         edited(E1, crm={"location": "Hall"}, state={"state": "dormant"}), policy=OUT,
         want=[("link.base", {"pending": ["location"], "changes": "absent"}),
               "graph.update location"])
    # another's meeting
    case("out-not-organizer", "U7 O-062 O-065 SC-50",
         "Bob, who organizes, does not sync: an edit in the CRM, of a field or of the people, goes "
         "nowhere.",
         edited(OTHERS, crm={"location": "Hall"}),
         edited(OTHERS, crm={"attendees": [member("bob"), member("xia"), member("cy")]}),
         policy=OUT, want=[("skip not_organizer", {"changes": [12]})] * 2)
    case("out-not-organizer-moved", "U7 O-065 SC-50",
         "As soon as Graph changes, it wins the whole record.",
         edited(OTHERS, changed(OTHERS, subject="New"), crm={"location": "Hall"}), policy=CRM_WINS,
         want=("crm.update subject,location", {"lost": {"location": "Hall"}}))
    case("out-not-organizer-own", "U7",
         "What Ann, a guest, sets for herself does not take back what was edited in the CRM; with "
         "the meeting's time changed in Outlook as well, Graph wins all of it.",
         edited(OTHERS, changed(OTHERS, show_as="tentative", reminder=5), crm={"location": "Hall"}),
         edited(OTHERS, changed(OTHERS, reminder=5, start="2026-11-24T10:00:00Z",
                                end="2026-11-24T11:00:00Z"), crm={"location": "Hall"}),
         policy=OUT, want=[
             ("crm.update show_as,reminder", {"pending": ["location"], "lost": "absent"}),
             ("crm.update start,end,location,reminder", {"lost": {"location": "Hall"}})])
    case("out-update-in-flight", "U18", "A write is under way: its outcome comes first.",
         edited(E1, crm={"location": "Hall"},
                in_flight={"intent": 7, "op": "graph.update", "open": True}), policy=OUT,
         want=("skip in_flight", {"due": "2026-11-21T09:00:00Z", "changes": "absent"}))
    # people
    ten = ["yan", "val", "zed", "dee", "bob", "xia"]
    case("out-attendee-added", "U5 F025 P-045 O-057",
         "One more in the CRM: only that one is added and mailed; those whom the CRM does not "
         "know stay.",
         edited(event(*ten), crm={"attendees": [member(p) for p in
                                                ("bob", "val", "xia", "yan", "cy")]}),
         policy=TRIGGER,
         want=("graph.update +cy@firm.test", {
             "set": "absent", "attendees": {"remove": []}, "mail": ["cy@firm.test"],
             "why": {"policy": "attendees.trigger = yes"}}))
    case("out-attendee-removed", "U5 F026",
         "One fewer: that one is taken off and mailed. What may not be mailed is held.",
         *[edited(event("xia", "yan"), crm={"attendees": [member("xia")]},
                  owner_policy={**TRIGGER, "mail.allow": m}) for m in ("all", "none")],
         policy=OUT,
         want=[("graph.update -yan@client.test", {"mail": ["yan@client.test"]}),
               ("hold mail_held graph.update attendees",
                {"why": {"evidence": "blocked: yan@client.test"}})])
    case("out-attendee-alone", "P-045",
         "A change of the list alone writes nothing and waits; the next other write takes it along.",
         edited(E1, crm={"attendees": [member("xia"), member("yan")]}),
         edited(E1, crm={"attendees": [member("xia"), member("yan")], "subject": "New"}),
         policy=OUT,
         want=[("skip crm_changed", {"changes": [12], "why": {
             "evidence": "waiting: attendees", "policy": "attendees.trigger = no"}}),
               ("graph.update subject +yan@client.test", {
                   "mail": ["xia@client.test", "yan@client.test"]})])
    case("out-attendee-waits", "P-045",
         "While it waits, a change of Outlook comes in and does not settle it.",
         edited(E1, changed(E1, subject="New"),
                crm={"attendees": [member("xia"), member("yan")]}), policy=OUT,
         want=("crm.update subject", {"pending": ["attendees", "rooms", "send_invites"]}))
    case("out-attendee-not-exported", "U5 SC-08 F038",
         "People of the CRM who were never exported are no additions; Zed, whom Outlook adds, takes "
         "nobody away.",
         edited(event(), changed(event(), attendees=event("zed")["attendees"]),
                base_crm={"attendees": [member("xia"), member("bob")]}),
         edited(event(), base_crm={"attendees": [member("xia")]},
                crm={"attendees": [member("xia"), member("yan")]}), policy=TRIGGER,
         want=["link.base", "graph.update +yan@client.test"])
    case("out-attendee-has-left", "U5",
         "Taken off on both sides, or added on both: nothing to write.",
         edited(event("xia", "yan"), event("xia"), crm={"attendees": [member("xia")]}),
         edited(event("xia"), event("xia", "yan"),
                crm={"attendees": [member("xia"), member("yan")]}), policy=TRIGGER,
         want=["link.base", "link.base"])
    case("out-attendee-both-sides", "U5",
         "Outlook adds Val, the CRM adds Yan: both are on it afterwards, and neither is undone.",
         edited(E1, event("xia", "val"), crm={"attendees": [member("xia"), member("yan")]}),
         policy=TRIGGER,
         want=["crm.update +9", ("graph.update +yan@client.test", {
             "mail": ["yan@client.test"]})])
    case("out-attendee-other-address", "U5 P-061",
         "Yan is on it under another address: that one is taken off; added, nothing is.",
         edited(event("xia", "yan2"), crm={"attendees": [member("xia")]}),
         edited(event("xia", "yan2"), base_crm={"attendees": [member("xia")]},
                base={"relations": []}, crm={"attendees": [member("xia"), member("yan")]}),
         policy={**TRIGGER, "attendees.to_crm": "none"},
         want=["skip unchanged", "graph.update -yan@home.test"])
    case("out-attendee-guest-free", "O-057 F037 F038",
         "Without guests the CRM's list goes nowhere, in either sense.",
         edited(event("xia", "yan"), crm={"attendees": [member("xia"), member("val")]}),
         policy={**TRIGGER, "attendees.to_graph": "none"}, want="skip unchanged")
    case("out-attendee-users", "O-057", "Users only: a contact neither comes nor goes.",
         edited(event("xia", "bob"), crm={"attendees": [member("cy"), member("val")]}),
         policy={**TRIGGER, "attendees.to_graph": "users"},
         want="graph.update +cy@firm.test -bob@firm.test")
    case("out-invitations-ticked", "P-103",
         "Send invitations is ticked later: everybody is invited, though a list alone would wait.",
         edited(event(), base_crm={"attendees": [member("xia")], "send_invites": False},
                crm={"send_invites": True}), policy=OUT,
         want=("graph.update +xia@client.test", {"mail": ["xia@client.test"],
                                                 "base": {"crm": {"send_invites": True}}}))
    case("out-private-people", "P-030 SC-08",
         "Private without attendees: the CRM's people are neither added nor taken off.",
         edited(event("xia"), crm={"sensitivity": "private", "attendees": []}),
         policy={**TRIGGER, "private.mode": "no_attendees"},
         want=("graph.update sensitivity", {"attendees": "absent"}))
    case("out-rooms", "P-064",
         "A room is put on, another taken off: resources, and no mail to people.",
         edited(event("xia", rooms=[{"name": "Hall", "address": "hall@firm.test"}]),
                rooms=[{"name": "Hall", "address": "hall@firm.test", "resource": "2"}],
                base={"resources": ["2"],
                      "rooms": [{"name": "Hall", "address": "hall@firm.test"}]},
                base_crm={"rooms": [{"resource": "2", "name": "Hall",
                                     "address": "hall@firm.test"}]},
                crm={"rooms": [{"resource": "1", "name": "Boardroom",
                                "address": "room@firm.test"}]}),
         policy={**OUT, "locations.mode": "match", "mail.allow": "none"},
         want=("graph.update +room@firm.test -hall@firm.test", {
             "mail": [], "base": {"graph": {"resources": ["1"]}}}))
    case("out-organizer-reassigned", "F023", "The owner is another one in the CRM: nothing to write.",
         edited(E1, crm={"owner": "2"}), policy=OUT, want="skip unchanged")
    # ends
    DELETE = {**OUT, "delete.to_graph": "delete"}
    case("out-delete", "P-026 P-012 O-025 S-026 SC-13", "Deleted in the CRM: deleted in Graph, all are told.",
         edited(event("bob", "xia", "yan"), crm=GONE), policy=DELETE,
         want=("graph.delete", {"id": "AAMk1", "meeting": 12, "etag": 'W/"1"',
                                "limits": {"run": 200, "deletes": 10}, "changes": [12],
                                "mail": ["bob@firm.test", "xia@client.test", "yan@client.test"],
                                "why": {"rule": "deleted_in_crm"}}))
    case("out-delete-row", "P-026", "The row itself is gone.",
         edited(E1) | {"crm": None, "crm_digest": None}, policy=DELETE,
         want=("graph.delete", {"expect": {"version": 3, "digest": None}}))
    case("out-delete-own-copy", "U7 F044 SC-13",
         "Another's meeting: only the user's own copy goes, and nobody is told.",
         edited(OTHERS, crm=GONE), policy={**DELETE, "mail.allow": "none"},
         want=("graph.delete", {"mail": []}))
    case("out-delete-keep", "P-027", "Keep: the link ends, at the section's end.",
         edited(E1, crm=GONE), policy=OUT,
         want=("link.end", {"changes": [12], "why": {"rule": "deleted_in_crm"}}))
    case("out-delete-keep-incomplete", "L2", "And not in an incomplete one.",
         edited(E1, crm=GONE), policy=OUT, end={"complete": False}, want="skip incomplete")
    case("out-uncategorise", "C-054 C-066 SC-37",
         "Our categories are taken off, and nobody's own; the link ends. There are none: it ends.",
         edited(event("xia", categories=["Own", "Salesforce", "Status: Tracked successfully."]),
                crm=GONE), edited(E1, crm=GONE),
         policy={**OUT, "mail.allow": "none", "delete.to_graph": "uncategorise",
                 "category.mark": "Salesforce"},
         want=["link.end", ("graph.update ended -category Salesforce "
                            "-category Status: Tracked successfully.", {"mail": []})])
    case("out-delete-edited", "",
         "Deleted in the CRM and moved in Outlook: deletion wins where its key says delete, else "
         "the change stands and the link ends.",
         *[edited(E1, changed(E1, **MOVED), crm=GONE, owner_policy={**OUT, "delete.to_graph": m})
           for m in ("delete", "keep")], policy=OUT,
         want=[("link.end", {"why": {"evidence": "edited in Outlook: start, end"}}),
               ("graph.delete", {"lost_side": "graph", "why": {"evidence": "lost: start, end"},
                                 "lost": {"start": "2026-11-24T10:00:00Z",
                                          "end": "2026-11-24T11:00:00Z"}})])
    case("out-delete-expanded", "O-026 SC-55", "One date of an expanded series: it stays in Graph.",
         edited(event("xia", series={"kind": "occurrence", "master": "M",
                                     "original_date": "2026-11-24"}), crm=GONE),
         policy={**DELETE, "recurring.mode": "expand"}, want="link.end")
    case("out-both-deleted", "", "Gone on both sides: nothing is written.",
         removed(E1, crm=GONE, changes=[12]), policy=DELETE,
         want=("link.end", {"changes": [12]}))
    case("out-recreate", "O-023 SC-52",
         "Deleted in Outlook, to be made again: from the CRM's state, with the people that policy "
         "lets out; a cancelled one, too. One that has begun by the other key.",
         removed(event("bob", "xia"), relations=[relation("bob"), relation("xia")]),
         edited(event("bob", id="AAMk2"), changed(event("bob", id="AAMk2"), cancelled=True)),
         removed(event("bob", id="AAMk3", start="2026-11-20T09:00:00Z",
                       end="2026-11-20T10:00:00Z"), relations=[relation("bob")]),
         policy={**OUT, "delete.to_crm": "recreate"},
         want=[("graph.create", {"gone": "AAMk3", "mail": []}),
               ("graph.create +bob@firm.test +xia@client.test", {
                   "gone": "AAMk1", "meeting": 12, "expect": {"version": 3}}),
               ("graph.create +bob@firm.test", {"gone": "AAMk2", "changes": [12]})])
    case("out-recreate-not", "U7 U21",
         "Another's meeting, one date of a series, and what is private by now are not made again.",
         edited(OTHERS, changed(OTHERS, cancelled=True)),
         removed(event("xia", id="AAMk2", series={"kind": "occurrence", "master": "M",
                                                  "original_date": "2026-11-24"})),
         removed(event("xia", id="AAMk3"), crm={"sensitivity": "private"}),
         policy={**OUT, "delete.to_crm": "recreate", "private.mode": "skip"}, want=["link.end"] * 3)
    case("out-turned-private", "U21",
         "The CRM makes it private under skip: Graph's copy becomes private, nothing else is "
         "copied, the link ends. Another's meeting only leaves.",
         edited(E1, crm={"sensitivity": "private", "subject": "Secret"}),
         edited(OTHERS, crm={"sensitivity": "private"}),
         policy={**OUT, "private.mode": "skip", "fields": "subject, time"},
         want=["link.end", ("graph.update ended sensitivity", {"mail": ["xia@client.test"]})])
    case("out-turned-private-held", "U21 U14", "It would mail somebody: held, and the link stays.",
         edited(E1, crm={"sensitivity": "private"}),
         policy={**OUT, "private.mode": "skip", "mail.allow": "none"},
         want=("hold mail_held graph.update sensitivity", {"why": {"evidence": "blocked: 1"}}))
    case("out-stopped", "P-085", "Past window.stop: Inactive, whatever the CRM says.",
         edited(event("xia", start="2026-09-24T09:00:00Z", end="2026-09-24T10:00:00Z"),
                crm={"subject": "New"}), policy={**OUT, "window.stop": "30d"},
         want=("link.end inactive", {"changes": [12]}))
