"""Own copies: the owner does not sync, and each syncing user on the event has one
(owner.unsynced_out = copies)."""
from world import changed, event, removed
from world_out import OUT, edited, member, relation

OWN = event()
LINK = {"slot": "1", "born": "crm", "owner": "3", "owner_account": None}
COPIES = {**OUT, "owner.unsynced_out": "copies", "attendees.trigger": "yes",
          "locations.mode": "match"}
ROOM = [{"resource": "1", "name": "Boardroom", "address": "room@firm.test"}]


def own(after=None, crm=None, build=edited, **over):
    out = build(OWN, after, crm=crm) if build is edited else build(OWN, crm=crm)
    out["link"] = {**out["link"], **LINK}
    out["crm"].update(owner="3", attendees=[member(p) for p in ("ann", "bob", "xia")])
    out.update(over)
    return out


def add(case):
    case("copies-edit", "O-061",
         "Who is on it, and which rooms, stays in the CRM, whatever it ticks: nobody is mailed.",
         own(crm={"location": "Hall", "rooms": ROOM}), policy=COPIES,
         want=("graph.update location", {"mail": [], "attendees": "absent"}))
    case("copies-outlook", "O-061",
         "What the user changes in their copy comes in; that they organise it is no answer.",
         own(changed(OWN, subject="Other")), policy=COPIES,
         want=("crm.update subject", {"attendees": "absent"}))
    case("copies-deleted", "O-061",
         "Who deletes their copy deletes no more: neither the CRM's event nor the others'.",
         own(build=removed), policy={**COPIES, "delete.to_crm": "delete"}, want="link.end")
    case("copies-again", "U7 O-061", "Unless policy makes it again.",
         own(build=removed, relations=[relation(p) for p in ("ann", "bob", "xia")]),
         policy={**COPIES, "delete.to_crm": "recreate"},
         want=("graph.create", {"slot": "1", "mail": []}))
