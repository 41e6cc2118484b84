"""attachments=to_crm: apply is asked to look at an event's files when the copy that
decides has some, and is at another version than when they were looked at."""
from world import candidate, changed, event, linked

COPY = {"attachments": "to_crm"}
E1 = event("xia", attachments=True)


def add(case):
    case("files-off", "P-049 I-029", "As delivered nobody looks, and nothing is remembered.",
         candidate(E1), want=("crm.create", {"files": "absent", "base": {"graph": {"files": "absent"}}}))
    case("files-new", "", "An event with files comes in, and one without.",
         candidate(E1), candidate(event("xia", id="AAMk2", uid="2", subject="Other")), policy=COPY,
         want=[("crm.create", {"files": True, "base": {"graph": {"files": 'W/"1"'}}}),
               ("crm.create", {"files": "absent", "base": {"graph": {"files": "absent"}}})])
    case("files-changed", "",
         "A file was added; nothing else is new, and so nothing is written but that they are due.",
         linked(E1, changed(E1), base={"files": 'W/"1"'}), policy=COPY,
         want=("link.base", {"files": True, "base": {"graph": {"files": 'W/"2"'}}}))
    case("files-same", "", "Read again at the same version: nothing.",
         linked(E1, base={"files": 'W/"1"'}), policy=COPY, want="skip unchanged")
    case("files-beside", "", "The subject changed too.",
         linked(E1, changed(E1, subject="B"), base={"files": 'W/"1"'}), policy=COPY,
         want=("crm.update subject", {"files": True}))
    case("files-gone", "", "The last one was taken off: what the CRM has stays.",
         linked(E1, changed(E1, attachments=False), base={"files": 'W/"1"'}), policy=COPY,
         want=("link.base", {"files": "absent", "base": {"graph": {"files": "absent"}}}))
    case("files-other-copy", "", "Another copy decides: it is the one whose files are copied.",
         linked(E1, changed(E1), state={"deciding": False, "copies": [
             {"account": 1, "id": "AAMk1", "role": "attendee", "state": "present"},
             {"account": 2, "id": "BBMk1", "role": "organizer", "state": "present"}]}),
         policy=COPY, want=("link.copy", {"files": "absent"}))
    case("files-out", "", "Skipped events are not looked at.",
         candidate(event("zed", attachments=True)), policy=COPY, want="skip unmatched")
