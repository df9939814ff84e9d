// Package verify judges a published folder: whether its log is whole and signed, whether its files
// are the ones the log names, and whether each revealed draw follows from what was committed
// before its beacon was known.
//
// It serves strangers, who have a copy of the site, no network and no reason to trust the office.
// It must never read anything but that folder, never ask the network or a clock, never repair or
// skip in silence what it finds, and never claim more than it has checked: what a folder cannot
// prove about itself is said as a caveat, every time.
package verify
