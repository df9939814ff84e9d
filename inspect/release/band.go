package release

import "zhicha/inspect/score"

// The codes of Region.BandNote: the reasons of package score, and these two. The words stand in
// the locale catalogues as release.note.<code>.
const (
	Unsampled = "unsampled" // a reporting unit outside the campaign's frame
	Lowered   = "lowered"   // a confirmed red line lowered the band
)

// bandNote is why a region has no band, or why it has not a better one; empty where its band
// needs no explanation.
func bandNote(r *score.Region) string {
	if r.Lowered {
		return Lowered
	}
	return r.Reason
}
