// Package ceremony is the draw from the parties' secrets to the reveal: what each party makes on its
// own device, the commit and its signatures, the beacon typed by two people, the draw, and the
// publication of the county stage's shares when nobody can be warned any more.
//
// It serves the drawer, the witnesses and the parties. Nothing of a plan may stay in the clear: it
// leaves this room sealed to two custodians of different bodies, and the parties' secrets leave the
// machine with it. The protocol itself is specified in inspect/draw/SPEC.md.
package ceremony
