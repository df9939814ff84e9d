// Package status tells where a campaign stands and what comes next.
//
// It serves everybody who opens a folder. It reads from many rooms and changes nothing.
package status
