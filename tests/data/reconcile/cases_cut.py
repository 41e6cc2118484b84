"""What the stream cannot take of a CRM event: a text or a list of people of which
it has only the head.  And what is there later only: the link of a meeting."""
from world import candidate, changed, event, linked
from world_out import OUT, edited, made, member, pitch

E1 = event("xia", "bob")


def add(case):
    case("cut-create", "",
         "An event of the CRM with more text, or more people, than are read: nothing of it is made "
         "until somebody lets it.",
         made(pitch("xia", cut=["body"])), made(pitch("xia", crm_id="103", cut=["people"])),
         policy=OUT, want=[("hold body_cut graph.create subject,body,start,end,zone,all_day,"
                            "location,show_as,sensitivity,reminder,attendees", {"crm_id": "102"}),
                           ("hold people_cut graph.create subject,body,start,end,zone,all_day,"
                            "location,show_as,sensitivity,reminder,attendees",
                            {"crm_id": "103", "held": {"mail": []}})])
    case("cut-text-edited", "",
         "The CRM's own long text was edited: it is held alone, the place goes.",
         edited(E1, base={"body_of": "crm"}, crm={"body": "head", "cut": ["body"]}),
         edited(E1, base={"body_of": "crm"}, crm={"body": "head", "location": "Hall", "cut": ["body"]}),
         policy=OUT, want=["hold body_cut graph.update body",
                           ("graph.update location", {"set": {"body": "absent"}, "changes": []})])
    case("cut-people", "",
         "Of a longer list the rest is not read: that somebody is missing is no removal, and nobody "
         "is put on; what else was edited waits for somebody's leave.",
         edited(E1, crm={"attendees": [member("xia")], "cut": ["people"]}),
         edited(E1, crm={"attendees": [member("xia")], "cut": ["people"], "location": "Hall"}),
         policy={**OUT, "attendees.trigger": "yes"},
         want=["skip unchanged", ("hold people_cut graph.update location", {
             "held": {"mail": ["bob@firm.test", "xia@client.test"]}})])
    case("cut-people-in", "",
         "Nor does anybody come in, or go: the CRM may have them in the rest.",
         linked(E1, changed(event("xia", "yan"), location="Hall"),
                crm={"cut": ["people"]}), policy=OUT,
         want=("crm.update location", {"attendees": "absent", "base": {"graph": {
             "attendees": E1["attendees"]}}}))
    asked = {"provider": "teamsForBusiness", "url": None}
    lately = {"modified": "2026-11-21T08:30:00Z"}
    case("join-later", "P-095",
         "An online meeting that shows no link yet: it is looked for again, for an hour after the "
         "last change; not where meetings are not exchanged.",
         edited(event("xia", online=asked, **lately)),
         candidate(event("xia", uid="2", id="AAMk2", subject="Other", online=asked, **lately)),
         edited(event("xia", online=asked, modified="2026-11-21T08:00:00Z")),
         edited(event("xia", online={**asked, "url": "https://t.test/1"}, **lately)),
         edited(event("xia", online=asked, **lately), owner_policy={**OUT, "fields": "subject, time"}),
         policy=OUT, want=[("skip unchanged", {"due": "2026-11-21T09:05:00Z"}),
                           ("crm.create", {"due": "2026-11-21T09:05:00Z"})] +
         [("skip unchanged", {"due": None})] * 3)
