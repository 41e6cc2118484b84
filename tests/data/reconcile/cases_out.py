"""The way out: CRM events that Graph does not have."""
import copy

from world import candidate, changed, event, linked, mailbox
from world_out import ADDRESS, BOTH, OUT, edited, made, member, pitch, relation, unknown

SKIP = {"id": None, "crm_id": "102", "changes": [14]}
IMPORT = {"refuse": "draft, imported"}


def add(case):
    def gate(name, ids, text, record, policy, reason, **more):
        case("out-" + name, ids, text, record, policy={**OUT, **policy},
             want=("skip " + reason, {**SKIP, **more}))

    case("out-create", "P-004 P-012 P-018 P-103 S-026 SC-02 U18",
         "Ann makes a meeting in the CRM with Bob and Xia, invitations ticked: it is made in her "
         "calendar, in her zone, with both invited. Both bases are what each side will have.",
         made(pitch("bob", "xia")), policy=OUT,
         want=("graph.create +bob@firm.test +xia@client.test", {
             "id": None, "crm_id": "102", "meeting": None, "owner": "1", "slot": "",
             "set": {"subject": "Pitch", "body": "prep", "start": "2026-11-24T09:00:00Z",
                     "end": "2026-11-24T10:00:00Z", "zone": "Europe/Berlin", "all_day": False,
                     "location": "Cafe", "show_as": "busy", "sensitivity": "normal",
                     "reminder": 15, "online": "absent", "categories": "absent"},
             "base": {"graph": {"zone": "Europe/Berlin", "account": 1, "digest": None,
                                "body_of": "crm"},
                      "crm": {"zone": "UTC", "body": "absent", "owner": "absent"}},
             "expect": {"version": None}, "changes": [14], "hold": None,
             "limits": {"run": 200, "mailbox": 100, "person": 20, "deletes": None},
             "mail": ["bob@firm.test", "xia@client.test"], "start": "2026-11-24T09:00:00Z",
             "why": {"rule": "create", "policy": "attendees.to_graph = all"}}))
    case("out-create-zone", "", "The CRM names a zone: the event is written in that one.",
         made(pitch(zone="America/New_York")), policy=OUT,
         want=("graph.create", {"set": {"zone": "America/New_York"}, "mail": []}))
    case("out-create-all-day", "F109", "All-day: dates, and the flag.",
         made(pitch(all_day=True, start="2026-11-24", end="2026-11-25")), policy=OUT,
         want=("graph.create", {"set": {"all_day": True, "start": "2026-11-24"},
                                "start": "2026-11-23T23:00:00Z"}))
    case("out-create-fields", "S-022 S-028 SC-20",
         "Only what is exchanged is written, with the link to the record below the text; but what "
         "is private is made private whatever is exchanged.",
         made(pitch("xia", url="https://crm.test/lead/7")),
         made(pitch("xia", crm_id="103", sensitivity="private")),
         policy={**OUT, "fields": "subject, description, time", "attendees.to_graph": "none",
                 "backlink": "Show Lead {url}"},
         want=[("graph.create", {"set": {"body": "prep\n\nShow Lead https://crm.test/lead/7",
                                         "location": "absent", "all_day": "absent",
                                         "sensitivity": "absent"}, "mail": []}),
               ("graph.create", {"set": {"sensitivity": "private", "body": "prep"}})])
    case("out-create-online", "", "The tick makes an online meeting; no reminder is said so.",
         made(pitch(online={"provider": "teamsForBusiness", "url": None}, reminder=None)),
         policy=OUT, want=("graph.create", {"set": {"online": {"provider": "teamsForBusiness"},
                                                    "reminder": None}}))
    case("out-create-description-never", "", "Never a description.",
         made(pitch()), policy={**OUT, "description.mode": "never"},
         want=("graph.create", {"set": {"body": "absent"}}))
    case("out-create-marked", "C-038 SC-40", "With the category that marks what is synced.",
         made(pitch()), policy={**OUT, "category.mark": "Salesforce", "category.write": "mark"},
         want=("graph.create", {"set": {"categories": ["Salesforce"]},
                                "base": {"graph": {"categories": ["Salesforce"]}}}))
    case("out-create-series", "O-079 S-024", "A series goes out whole, by its rule.",
         made(pitch("bob", recurrence="FREQ=WEEKLY;COUNT=4")),
         policy={**OUT, "recurring.to_graph": "yes"},
         want=("graph.create +bob@firm.test", {"set": {"recurrence": "FREQ=WEEKLY;COUNT=4"},
                                               "mail": ["bob@firm.test"]}))
    case("out-create-rooms", "P-064", "A room is invited as a resource; it is no mail.",
         made(pitch(rooms=[{"resource": "1", "name": "Boardroom", "address": "room@firm.test"}])),
         policy={**OUT, "locations.mode": "match", "mail.allow": "none"},
         want=("graph.create +room@firm.test", {"mail": [],
                                                "base": {"graph": {"resources": ["1"]}}}))
    # people
    case("out-people-users", "O-006 O-057 O-059 O-060 SC-46",
         "Users only: Bob and Cy, not Xia. Cy's first address is not the firm's: then Bob alone.",
         made(pitch("bob", "cy", "xia")),
         made(pitch("bob", "cy", "xia", crm_id="103"),
              relations=[relation("bob"), relation("cy", "cy@home.test"), relation("xia")]),
         policy={**OUT, "attendees.to_graph": "users", "mail.allow": "users"},
         want=["graph.create +bob@firm.test +cy@firm.test", "graph.create +bob@firm.test"])
    case("out-people-none", "O-057 F037 C-052",
         "Without attendees: nobody is invited; the CRM's people are in its base, so that they "
         "are no additions later.",
         made(pitch("bob", "xia")), policy={**OUT, "attendees.to_graph": "none"},
         want=("graph.create", {"mail": [], "attendees": {"add": []}}))
    case("out-people-past", "O-057 SC-46", "What has begun has a key of its own.",
         *[made(pitch("bob", crm_id=n, start="2026-11-20T09:00:00Z", end="2026-11-20T10:00:00Z"),
                owner_policy={**OUT, "window.past_out": "30d", "mail.past": "yes", **p})
           for n, p in (("102", {}), ("103", {"attendees.to_graph_past": "users"}))],
         policy=OUT, want=["graph.create", "graph.create +bob@firm.test"])
    case("out-people-not-invited", "P-103", "Send invitations is not ticked: nobody.",
         made(pitch("bob", "xia", send_invites=False)), policy=OUT, want="graph.create")
    case("out-people-no-address", "", "Somebody without an address is left out.",
         made(pitch("bob", "xia"), relations=[relation("bob"), relation("xia", "")]),
         policy=OUT, want="graph.create +bob@firm.test")
    case("out-people-unknown", "O-057",
         "People the CRM has no record of are told apart by their addresses; a name is no address.",
         made(pitch(attendees=[unknown(a) for a in ("", "eve@else.test", "fay@else.test")]),
              relations=[relation("ann")] + [
                  unknown(a, type=None, private=False)
                  for a in ("", "eve@else.test", "fay@else.test")]),
         policy=OUT, want="graph.create +eve@else.test +fay@else.test")
    case("out-people-private", "P-030 P-055 SC-08", "Private without attendees: nobody is invited.",
         made(pitch("xia", sensitivity="private")),
         policy={**OUT, "private.mode": "no_attendees"},
         want=("graph.create", {"set": {"sensitivity": "private"}, "mail": []}))
    case("out-assigned-organizes", "O-058",
         "People are invited only where the event goes out through its Assigned To user, who "
         "organizes it; through another user's calendar it is a copy without anybody.",
         made(pitch("bob", "xia")),
         made(pitch("bob", "ann", crm_id="103", owner="2"), owner_account=2,
              owner_policy={**OUT, "owner.from": "synced", "owner.unsynced_out": "copies"}),
         made(pitch("bob", "ann", crm_id="104", owner="2"), owner_account=2),
         policy={**OUT, "owner.from": "synced"},
         want=["skip owner_off", "graph.create +bob@firm.test +xia@client.test",
               ("graph.create", {"attendees": {"add": []}, "slot": "1", "mail": []})])
    case("out-copies", "O-061",
         "The owner does not sync: an own copy without attendees for each user on it.",
         made(pitch("ann", "bob", owner="3"), owner_account=None),
         policy={**OUT, "owner.unsynced_out": "copies"},
         want=("graph.create", {"slot": "1", "mail": []}))
    # gates
    gate("removed", "", "Gone from the CRM before it went out: its changes may go.",
         made(None, crm_id="102"), {}, "removed", final=True)
    gate("direction", "P-005 SC-04", "One way in, it stays where it is.", made(pitch("xia")),
         {"direction.events": "to_crm"}, "direction", final="absent")
    gate("cancelled", "", "Called off already.", made(pitch(cancelled=True)), {}, "cancelled")
    gate("imported", "P-050 P-051 SC-16", "It came in with a data load.",
         made(pitch("xia", origin="import")), IMPORT, "imported")
    gate("imported-change", "P-051", "A data load changed it last.",
         made(pitch("xia"), origin="import"), IMPORT, "imported")
    gate("window-past", "P-039", "It has begun.", made(pitch(start="2026-11-21T08:59:59Z")), {},
         "window_past", due=None)
    case("out-window-past-bound", "U19", "It begins now: bounds are inclusive.",
         made(pitch(start="2026-11-21T09:00:00Z")), policy=OUT, want="graph.create")
    gate("window-future", "P-041 SC-14", "Too far ahead; time lets it in.",
         made(pitch(start="2029-01-01T09:00:00Z", end="2029-01-01T10:00:00Z")),
         {"window.future_out": "24mo"}, "window_future", due="2027-01-01T09:00:00Z")
    gate("backfill-touched", "P-042 P-043 SC-14 F002",
         "Not touched since Ann was enabled.",
         made(pitch(created="2026-02-01T08:00:00Z", modified="2026-02-02T08:00:00Z")),
         {}, "backfill")
    gate("backfill-created", "P-042", "Touched, but not made since.",
         made(pitch(created="2026-02-01T08:00:00Z")), {"backfill.out": "created"}, "backfill")
    case("out-backfill-all", "O-082 S-004", "All: how old it is does not matter.",
         made(pitch(created="2026-02-01T08:00:00Z", modified="2026-02-02T08:00:00Z")),
         policy={**OUT, "backfill.out": "all"}, want="graph.create")
    gate("private", "P-029 SC-08", "Private, by rule: its name is not told.",
         made(pitch("xia", sensitivity="private", subject="SECRET")), {"private.mode": "skip"},
         "private", why={"evidence": None})
    gate("private-manual", "", "By hand only; the CRM has no mark.",
         made(pitch(sensitivity="private")), {"private.mode": "manual"}, "private")
    gate("private-contact", "I-043", "A private contact is on it.", made(pitch("pia")), {},
         "private_contact error".split()[0])
    gate("internal", "P-022 SC-11", "Bob and nobody else.", made(pitch("bob")),
         {"internal.mode": "skip"}, "internal")
    case("out-internal-alone", "P-023", "Ann alone is not internal.", made(pitch()),
         policy={**OUT, "internal.mode": "skip"}, want="graph.create")
    gate("internal-by-domains", "C-027", "All addresses are the firm's.", made(pitch("bob", "cy")),
         {"internal.mode": "skip", "internal.by": "domains"}, "internal")
    gate("recurring", "S-024 C-032", "Series stay in the CRM.",
         made(pitch(recurrence="FREQ=DAILY;COUNT=3")), {}, "recurring_out")
    gate("recurring-one-date", "", "One date of a series cannot be made by itself.",
         made(pitch(series={"kind": "exception", "master": "m", "original_date": "2026-11-24"})),
         {"recurring.to_graph": "yes"}, "recurring_out")
    gate("recurring-all-day", "C-005", "A series of whole days.",
         made(pitch(recurrence="FREQ=DAILY;COUNT=3", all_day=True, start="2026-11-24",
                    end="2026-11-25")),
         {"recurring.to_graph": "yes", "refuse": "recurring_allday"}, "recurring_allday error")
    gate("too-long", "C-067", "Longer than is allowed.",
         made(pitch(end="2026-11-25T10:00:00Z")), {"refuse": "longer:24h"}, "too_long error")
    gate("owner-off", "O-061", "Its owner does not sync.",
         made(pitch(owner="3"), owner_account=None), {}, "owner_off",
         why={"evidence": "owner 3 does not sync"})
    case("out-no-mailbox", "O-061",
         "Nobody on it syncs: it is decided in a section without a mailbox.",
         sections=[(mailbox("ann", mailbox=None, account=None, user=None, zone=None,
                            since=None), [made(pitch(owner="3"), owner_account=None),
                                              made(pitch(crm_id="103", origin="import"))],
                    {"mailbox": None})],
         policy={**OUT, "owner.unsynced_out": "copies"},
         want=["skip owner_off", "skip imported"])
    gate("timezone", "U20", "A zone that nobody knows is no UTC.", made(pitch(zone="Mars/Dome")),
         {}, "timezone error")
    gate("missing-end", "", "It ends before it starts.", made(pitch(end="2026-11-24T08:00:00Z")),
         {}, "missing_fields error", why={"evidence": "missing: end"})
    case("out-gates-in-order", "",
         "Several at once: the first of the policy page is the reason.",
         made(pitch("bob", origin="import", sensitivity="private", start="2026-11-20T09:00:00Z",
                    recurrence="FREQ=DAILY")),
         made(pitch("bob", crm_id="103", sensitivity="private", start="2026-11-20T09:00:00Z",
                    recurrence="FREQ=DAILY")),
         made(pitch("bob", crm_id="104", sensitivity="private", recurrence="FREQ=DAILY")),
         made(pitch("bob", crm_id="105", recurrence="FREQ=DAILY")),
         policy={**OUT, "private.mode": "skip", "internal.mode": "skip"},
         want=["skip imported", "skip window_past", "skip private", "skip internal"])
    case("out-bad", "L5", "A CRM event without a start is a problem, and stops nobody.",
         made(pitch(start="perhaps")), made(pitch(crm_id="103")), policy=OUT, rc=1,
         want=["problem bad_record", "graph.create"])
    # with a link
    lost = {"meeting": 12, "state": "active", "version": 2, "crm_id": "102", "owner": "1",
            "owner_account": 1, "slot": "", "born": "crm", "deciding": True, "copies": []}

    def with_copy(role, state="gone"):
        return {**lost, "copies": [{"account": 1, "id": "AAMk1", "role": role, "state": state}]}

    case("out-lost-post", "U18", "Its POST was lost for good: it is made again, under its link.",
         made(pitch("xia"), link=lost), policy=OUT,
         want=("graph.create +xia@client.test", {"meeting": 12, "expect": {"version": 2}}))
    case("out-lost-post-gone", "", "And it is gone from the CRM meanwhile: the link ends.",
         made(None, link=lost), policy=OUT,
         want=("link.end", {"id": None, "crm_id": "102", "changes": [14]}))
    case("out-ended", "U10", "Its link has ended: it is not sent again.",
         made(pitch("xia"), link={**lost, "state": "ended"}),
         made(pitch("xia"), link={**lost, "state": "inactive"}), policy=OUT,
         want=[("skip ended", {"final": True}), "skip inactive"])
    case("out-only-copy-gone", "U7 O-065",
         "The only copy is gone: of another's meeting the CRM's edit goes nowhere; one's own "
         "is made again if policy says so, or its link ends.",
         made(pitch("xia"), link=with_copy("attendee")),
         made(pitch("xia", crm_id="103"), link=with_copy("organizer")),
         made(pitch("xia", crm_id="104"), link=with_copy("organizer"),
              owner_policy={**OUT, "delete.to_crm": "recreate"}),
         policy=OUT, want=["skip not_organizer", "link.end",
                           ("graph.create +xia@client.test", {"meeting": 12})])
    case("out-mailbox-off", "F005",
         "The mailbox of its copies is not synced: the edit waits, and so does a deletion.",
         made(pitch("xia"), link=with_copy("organizer", "present")),
         made(pitch("xia", crm_id="103", deleted=True), link=with_copy("attendee", "present")),
         policy=OUT, want=["skip owner_off", "skip owner_off"])
    case("out-in-flight", "U18", "A POST of it is under way: its outcome comes first.",
         made(pitch("xia"), in_flight={"intent": 7, "op": "graph.create", "open": True}),
         made(pitch("xia"), in_flight={"intent": 8, "op": "graph.create", "open": False}),
         policy=OUT, want=[("skip in_flight", {"due": "2026-11-21T09:00:00Z",
                                               "changes": "absent"}),
                           "graph.create +xia@client.test"])
    case("out-own-post", "U18", "Our own event arrives before its POST is settled: it waits.",
         candidate(event("xia"), own_post=True), policy=OUT,
         want=("skip own_post", {"due": "2026-11-21T09:00:00Z"}))
    case("out-incomplete", "L2", "The mailbox was not read completely: nothing goes out.",
         made(pitch("xia")), policy=OUT, end={"complete": False},
         want=("skip incomplete", {"changes": "absent"}))
