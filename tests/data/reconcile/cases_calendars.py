"""calendars = own, shared: what lies in a further calendar of Ann's, in Bob's that is
shared with her, and what came by id and may lie anywhere."""
from world import candidate, changed, event, linked, mailbox, removed
from world_out import OUT, edited

# As Graph has it in Bob's calendar, whoever looks at it.
BOBS = event("xia", organizer="bob", mailbox="bob", categories=["CRM"])
SHARED = {"calendar": "AAMkS", "shared": "bob@firm.test"}
# Ann's copy is that of another's calendar.
ATTENDEE = {"owner": "2", "owner_account": 2,
            "copies": [{"account": 1, "id": "AAMk1", "role": "attendee", "state": "present"}]}
MARKS = {**OUT, "mail.allow": "none", "category.mark": "CRM", "select.mode": "combined",
         "category.write": "mark, error, status", "organizer.mode": "any"}


def box(**over):
    return mailbox(outward=True, **SHARED, **over)


def add(case):
    case("shared-create", "P-058",
         "In another's calendar that one is the organizer: theirs is the event, and the copy is an attendee's.",
         candidate(BOBS), box=box(), policy=OUT,
         want=("crm.create", {"owner": "2", "rank": 1,
                              "copy": {"role": "attendee"}}))
    case("shared-marks", "P-058 C-038", "Nothing is marked there.",
         candidate(event("xia", organizer="bob", mailbox="bob")), box=box(), policy=MARKS,
         want="crm.create")
    case("shared-edited", "P-058", "What the CRM changes does not go out through it.",
         edited(BOBS, crm={"location": "Hall"}, state=ATTENDEE), box=box(), policy=OUT,
         want="skip not_organizer")
    case("shared-deleted-in-crm", "P-058",
         "What the CRM deletes stays in it; the link ends.",
         edited(BOBS, crm={"deleted": True}, state=ATTENDEE), box=box(),
         policy={**OUT, "delete.to_graph": "delete"},
         want=("link.end", {"state": "ended"}))
    case("shared-gone", "L2 P-058",
         "What is gone from it takes no more with it than the copy, and with the last copy the link.",
         removed(BOBS, state={**ATTENDEE, "copies": [
             *ATTENDEE["copies"],
             {"account": 2, "id": "BBMk1", "role": "organizer", "state": "present"}]}),
         removed(BOBS, state={**ATTENDEE, "meeting": 13}), box=box(),
         policy={**OUT, "delete.to_crm": "delete"}, want=["link.drop", "link.end"])
    answered = event(("ann", "none"), "xia", organizer="bob", mailbox="bob")
    case("shared-answer", "P-058 U6",
         "That Bob organises it is no answer of Ann's, who is on it.",
         linked(answered, changed(answered, body="new"),
                state={**ATTENDEE, "deciding": False}), box=box(), policy=OUT,
         want=("link.copy", {"attendees": "absent"}))
    case("shared-files", "P-058",
         "Files are read by the event's id, which is not to be had in Ann's mailbox.",
         candidate(event("xia", organizer="bob", mailbox="bob", attachments=True)), box=box(),
         policy={**OUT, "attachments": "to_crm"}, want=("crm.create", {"files": "absent"}))
    mine = event("xia")
    case("own-calendar", "P-057",
         "A further calendar of one's own is as good as the default one.",
         edited(mine, crm={"location": "Hall"}), box=mailbox(outward=True, calendar="AAMkC"),
         policy=OUT, want=("graph.update location", {"mail": ["xia@client.test"]}))
    case("by-id", "L2 P-057",
         "That it was found by its id is passed on: it may lie in another calendar by now.",
         linked(mine, changed(mine, subject="New"), by_id=True),
         linked(event("xia", id="AAMk2", uid="2"), by_id=True), policy=OUT,
         box=mailbox(outward=True, calendar="AAMkC"),
         want=[("crm.update subject", {"by_id": True}), ("skip unchanged", {"by_id": True})])
