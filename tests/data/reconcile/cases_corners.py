"""Corners: what a slightly wrong rule would get wrong, and no other case sees."""
from world import candidate, changed, crm_person, event, linked, mailbox, who

E1 = event("xia")
MARK = {"category.mark": "CRM", "select.mode": "combined"}


def marked(n, *people, **over):
    return candidate(event(*people, categories=["CRM"], id=f"AAMk{n}", uid=f"0400{n}", **over))


def member(key, response="none"):
    e = event((key, response))
    return crm_person(e["attendees"][0], who(e))


def add(case):
    day = dict(start="2026-11-24", end="2026-11-25", all_day=True)
    slot = {"kind": "occurrence", "master": "AAMkM", "original_date": "2026-11-24"}
    master = {"kind": "master", "master": None, "original_date": None}
    case("mark-does-not-go-over", "I-060",
         "What a mark does not help against, gate by gate.",
         marked(1, "xia", cancelled=True), marked(2, "xia", series=master),
         marked(3, "xia", draft=True), marked(4, "xia", zone=None),
         marked(5, "xia", start="2026-01-01T09:00:00Z", end="2026-01-01T10:00:00Z"),
         marked(6, "xia", "pia"), marked(7, "xia", series=slot, **day),
         marked(8, "xia", end="2026-11-25T09:00:01Z"),
         marked(9, "ann", "xia", organizer="zed"),
         policy={**MARK, "refuse": "draft, private_contact, recurring_allday, longer:24h",
                 "organizer.mode": "firm"},
         want=["skip cancelled", "skip series_master", "skip draft", "skip timezone error",
               "skip window_past", "skip private_contact", "skip recurring_allday error",
               "skip too_long error", "skip organizer_external"])
    case("mark-does-not-open", "I-060", "Nor against a direction that is shut.",
         marked(1, "xia"), policy={**MARK, "direction.events": "off"}, want="skip direction")
    case("mark-does-not-hurry", "C-057", "Nor for an organizer who does not sync yet.",
         marked(1, "ann", "xia", organizer="bob"), policy={**MARK, "organizer.mode": "wait"},
         want="skip waiting_organizer")
    case("mark-goes-over", "C-023",
         "What a mark does go over: kind, answer, type; an internal event then needs a contact, "
         "which it does not have.",
         marked(1, "val"), marked(2, "ann", organizer="val", response="declined"),
         marked(3, "bob"),
         policy={**MARK, "select.auto": "appointment", "select.response": "accepted",
                 "select.types": "Client"},
         want=["crm.create", "crm.create", "skip unmatched"])
    case("type-of-oneself", "I-039",
         "Ann is a contact of the firm herself: that is no contact on her event.",
         candidate(event("zed"), also={"ann": "Our Personnel"}),
         policy={"select.types": "Client"}, want="skip unmatched")
    case("organizer-of-private", "L8", "The organizer of a private event is content.",
         candidate(event("ann", "xia", organizer="zed", sensitivity="private")),
         policy={"private.mode": "full", "organizer.mode": "firm"},
         want=("skip organizer_external", {"why": {"evidence": None}}))
    case("missing-kinds", "C-041",
         "Required: relations, which Zed does not give; a reminder; what we always set; a list.",
         candidate(event("zed", reminder=None)), candidate(event("xia", reminder=0, id="AAMk2",
                                                                 uid="2", categories=["Own"])),
         policy={"fields.required": "attendees, reminder, event_type, kind, categories, all_day",
                 "unmatched.mode": "sync"},
         want=[("skip missing_fields error",
                {"why": {"evidence": "missing: attendees, categories, reminder"}}),
               "crm.create"])
    def nameless(key):
        return {**event(key)["attendees"][0], "name": None}

    def same(key):
        return {**event(key)["attendees"][0], "name": "Xi"}

    case("relations-names", "P-054",
         "Sorted by name, the CRM's where Graph has none, then by address; a user without any by "
         "address. A name that begins another stands before it.",
         candidate(event("xia", same("yan"), same("val"), nameless("bob"), nameless("yan2")),
                   known=[{"address": "ann@firm.test", "user": "1", "account": 1, "synced": True},
                          {"address": "bob@firm.test", "user": "2", "account": 2, "synced": True}]
                   + [{"address": a, "person": "contact", "id": i, "name": n, "type": "Client",
                       "private": False} for a, i, n in (
                           ("xia@client.test", "7", "X"), ("yan@client.test", "8", "Y"),
                           ("val@vendor.test", "9", "V"), ("yan@home.test", "11", "Home"))]),
         want=("crm.create", {"attendees": {"add": [
             {"address": a, "name": n, "role": "required", "response": "none", "person": p,
              "id": i} for a, n, p, i in (
                  ("bob@firm.test", None, "user", "2"), ("yan@home.test", "Home", "contact", "11"),
                  ("val@vendor.test", "Xi", "contact", "9"),
                  ("yan@client.test", "Xi", "contact", "8"),
                  ("xia@client.test", "Xia", "contact", "7"))]}}))
    # linked
    older = event("xia", start="2026-10-22T08:00:00Z", end="2026-10-22T08:59:59Z")
    case("inactive-cancelled", "I-008", "Inactive, moved ahead and cancelled: nothing more happens.",
         linked(older, changed(E1, cancelled=True), state={"state": "inactive"}),
         policy={"window.stop": "30d", "delete.to_crm": "delete"}, want="skip inactive")
    mine = event("xia", "bob", mailbox="bob", id="BBMk1")
    guest = event("ann", "bob", organizer="xia", mailbox="bob", id="BBMk1")

    def copies(role):
        return {"deciding": False, "copies": [
            {"account": 1, "id": "AAMk1", "role": role, "state": "present"},
            {"account": 2, "id": "BBMk1", "role": "attendee", "state": "present"}]}

    def bobs(e, role, crm=None, **over):
        return linked(e, changed(e, response="accepted", **over), state=copies(role), crm=crm,
                      account=2)

    case("other-copy-does-not-answer", "U6",
         "The organizer's copy knows the answer; Bob is not on the CRM's event; the CRM's event "
         "is gone; it has no base; it is private without people: each time only the copy moves.",
         sections=[(mailbox("bob"), [
             bobs(mine, "organizer"), bobs(guest, "attendee", {"attendees": [member("ann")]}),
             bobs(guest, "attendee", {"deleted": True}),
             bobs(guest, "attendee") | {"base": None},
             bobs(guest, "attendee", sensitivity="private")], {})],
         policy={"private.mode": "no_attendees"}, want=["link.copy"] * 5)
    case("deleted-in-crm-keep", "P-027",
         "Both ways, but deletions are not to go out: the link ends.",
         linked(E1, changed(E1, subject="B"), crm={"deleted": True}),
         policy={"direction.events": "both"}, want="link.end")
    case("deleted-in-crm-one-way", "P-005", "To be deleted in Graph, but one way in.",
         linked(E1, changed(E1, subject="B"), crm={"deleted": True}),
         policy={"delete.to_graph": "delete"}, want="link.end")
    case("cut-location", "", "A place that the CRM cut, prolonged in Outlook.",
         linked(event("xia", location="p" * 300), event("xia", location="p" * 301),
                base_crm={"location": "p" * 255}), want="link.base")
    case("new-field-in-graph-base", "",
         "A field that only the CRM's base has: nobody has edited it, so what differs stays so.",
         linked(E1, base={"location": "absent"}, base_crm={"location": "Hall"}, again="moved"),
         policy={"conflict.events": "crm"}, want="link.base")
    case("no-base-of-the-crm", "F143", "Half a base is none.",
         linked(E1, crm={"subject": "Other"}) | {"base": {"graph": {}, "crm": None}},
         want=("skip conflict", {"why": {"rule": "no_base"}}))
    case("people-are-an-edit", "I-026 I-005",
         "Somebody was added, or replaced: that is an edit by the owner, and the record at stake.",
         linked(E1, event("xia", "yan"), crm={"subject": "Mine"}),
         linked(E1, event("yan"), crm={"subject": "Mine"}),
         policy={"conflict.scope": "record"},
         want=[("crm.update subject +8", {"lost": {"subject": "Mine"}}),
               ("crm.update subject +8 -xia@client.test", {"lost": {"subject": "Mine"}})])
    case("withheld-people-are-no-edit", "",
         "The people of a private event are not exchanged, so their change is none.",
         linked(event("xia", sensitivity="private"), event("xia", "yan", sensitivity="private"),
                crm={"subject": "Mine"}, base_crm={"attendees": []}),
         policy={"conflict.scope": "record", "private.mode": "no_attendees"},
         want="skip crm_changed")
    case("lasting-difference-is-no-edit", "O-030",
         "Sticky: the sides differ for good, which nobody changed. Outlook's subject comes in "
         "although the CRM wins conflicts.",
         linked(E1, changed(E1, subject="B"), base_crm={"sensitivity": "private"}),
         policy={"private.sticky": "yes", "conflict.scope": "record", "conflict.events": "crm"},
         want="crm.update subject")
    case("owner-stays", "O-065 SC-50",
         "Bob owned it before Ann began to sync. She organizes it: it stays his, she is on it.",
         linked(event("bob", "xia"), event("bob", "xia", categories=["Own"]),
                state={"owner": "2"}),
         want=("crm.update +1", {"attendees": {"add": [
             {"address": "ann@firm.test", "name": "Ann", "role": "required",
              "response": "accepted", "person": "user", "id": "1"}], "remove": [],
             "change": []}}))
    case("owner-anew", "U10", "Over a tombstone of Bob's the new record is the organizer's.",
         linked(E1, event("xia", categories=["CRM"]), state={"state": "ended", "owner": "2"}),
         policy=MARK, want=("crm.create", {"owner": "1"}))
    case("no-organizer", "", "An appointment for which Graph names no organizer is one's own.",
         candidate(event(organizer="ann") | {"organizer": None, "response": "none"}),
         policy={"unmatched.mode": "sync", "owner.from": "synced",
                 "attendees.to_crm_foreign": "none", "description.header": "yes"},
         want=("crm.create", {"owner": "1", "set": {"body": "Agenda\n- one"}}))
    case("copy-joins-after-waiting", "C-057",
         "The organizer syncs it now: Bob's copy, which waited for that, joins.",
         sections=[(mailbox("bob"), [linked(mine, state={"deciding": False, "copies": [
             {"account": 1, "id": "AAMk1", "role": "organizer", "state": "present"}]},
             account=2)], {})],
         policy={"organizer.mode": "wait"}, want="link.copy")
    case("answer-of-somebody-taken-off", "U5",
         "The CRM took Xia off; she accepts: that brings her nowhere.",
         linked(E1, event(("xia", "accepted")), crm={"attendees": []}), want="link.base")
    case("answer-of-somebody-put-on", "P-100",
         "The CRM put Bob on it by hand; now he is on it in Outlook and has accepted.",
         linked(E1, event("xia", ("bob", "accepted")),
                crm={"attendees": [member("xia"), member("bob")]}),
         want="crm.update ~2=accepted")
    rooms = [{"name": n, "address": n.lower() + "@firm.test"} for n in ("Boardroom", "Hall")]
    case("room-replaced", "P-082", "One room instead of another.",
         linked(event("xia", rooms=rooms[:1]), event("xia", rooms=rooms[1:]),
                base={"rooms": rooms[:1], "resources": ["1"]},
                base_crm={"rooms": [{**rooms[0], "resource": "1"}]},
                rooms=[{**rooms[1], "resource": "2"}]),
         policy={"locations.mode": "match"}, want="crm.update +room2 -room1")
    case("internal-outside", "C-027",
         "The user's own mailbox is of no firm domain: nothing of it is internal.",
         candidate(event("dee")), box=mailbox(mailbox="ann@partner.test"),
         policy={"internal.by": "domains"}, want="skip unmatched")
    case("kind-of-the-crm", "", "Without past.kind the kind is the CRM's own matter.",
         linked(E1, changed(E1, subject="B"), crm={"kind": "activity"}),
         want="crm.update subject")
