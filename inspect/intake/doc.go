// Package intake judges what came back from the field: whether a return belongs to the wave and
// packet it claims, and for each visit whether its report is accepted, unchanged, a correction of
// an earlier one, in conflict with it, or refused, and why.
//
// It serves the office, which must be able to feed it the same return twice without harm, and the
// inspectors, who get every fault named with its cell at once. It is pure: the present moment and
// everything already known are passed in. It must never repair, guess or drop an answer. What is
// decided of the return and of each report stands in intake.go, the rules on one report in check.go,
// household.go and evidence.go; that a closed leg takes nothing more is asked in returns.
//
// # The return
//
// It must name the campaign, wave, packet, layout and checklist it was made for; at the first that
// differs all of it is refused. Otherwise each report is judged by itself, and what is good is
// accepted whatever else is wrong. Clocks in the field are believed to 15 minutes either way. A
// return made later than that after now, or before its own last visit ended, is worth a look, and
// so is a sheet of the packet that came back neither filled in nor blank, and a rung that was
// opened before its release was logged.
//
// # What refuses a report
//
//   - a fault the reader found in its cells, each told once;
//   - inspectors who are not of the team, or fewer than two different ones;
//   - leaving not after arrival, a time in the future, or more than a day before the leg's
//     first day;
//   - an answer that is missing, given twice, not asked at that kind of unit, or outside what the
//     checklist allows (value, method, reason);
//   - an observation without a fact, of an unknown kind or item, a problem or hazard without a
//     severity, anything else with one; a capacity, escort or substitution that is no known code;
//   - at a household, a register without a line or a household that is not on it; a register
//     counted differently at two visits to one village; a household visited twice; or one that was
//     not next in the packet's order.
//
// The order of a village is a permutation fixed with the packet, of which the lines the register
// does not have are passed over. Each visit takes the next line after its predecessor's; where a
// predecessor is not known it took one line at least. A line before that is refused; a line after
// it needs the reason why the ones between were passed over.
//
// # What is worth a look
//
// These never refuse; a reviewer sees them.
//
//   - A time that is missing; a visit of less than 10 minutes or more than 6 hours; one after the
//     leg's last day.
//   - An official, that is somebody of a rung above the unit, at a household; anywhere, somebody
//     from above the unit (at a household, from the township up) without a reason for the escort.
//   - A photo that another visit brought already, one without a time, and one taken more than 15
//     minutes before or after the visit.
//   - An inspector at two visits that overlap; who leaves as another begins was not in two places.
//   - A village visited before its households, a township before its villages and households, the
//     county office before anything: who is above must not learn of a visit before those below
//     were seen.
//   - A text that reads like one of another visit: for notes of one item, and for observations
//     whatever they are of, at least 90 per cent of the pairs of neighbouring letters in common
//     (2·shared over all in both; Dice, "Measures of the amount of ecologic association between
//     species", Ecology 26, 1945), in texts of 20 letters or more. Figures do not count as letters,
//     since they are what is adjusted in a copied text.
//   - Full marks at five visits in a row with five answers or more each, told once, at the end.
//   - What looks like personal data in a text. Messages say where and of what sort, never what;
//     the same is withheld from whatever a message would repeat of a cell.
//
// # What becomes of a report
//
//	refused     something is wrong with it, or it corrects without saying why
//	accepted    the first sound report of its visit
//	unchanged   the content already there, or a version that was received before
//	superseded  a higher revision with a reason, of a report that was sent back: it replaces that
//	held        any other content than what is there: the earlier version stays current until a reviewer
//	            has seen the difference; and whatever comes after the wave's score was frozen
//	unproven    not judged at all: see Unproven
//
// A report that does not prove where it comes from is not judged, and nothing is said of it but that: two
// reviewers decide, outside the programme, whether it came from the team. Proven are what opened under
// its packet's own key (the form's files: the key covers every byte, the packet's number among them), and
// workbooks that bring back the secrets of their packet and of each of their visits.
//
// Content is compared by digest, of what a report says in canonical JSON: not by its revision, its
// place in a file, or the order of answers and people.
//
// # Grades of evidence
//
// C where no answer was learned by a primary method, one that does not rest on the unit's own
// paper or word; B where an official was present, a time or the household's line is missing, or
// a photo's time is missing or is not the visit's; A otherwise.
package intake
