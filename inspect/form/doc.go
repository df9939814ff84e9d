// Package form writes the packet a team carries, one sealed HTML file that is also the offline
// form, and its paper twin, and reads the encrypted file in which the form sends its reports back.
// FORMAT.md describes both to the byte.
//
// It serves inspectors with a phone and no signal, and the office that takes their returns in. It
// must never put anything but the packet's number outside the sealed layers, never write a
// plaintext to disk, and never judge an answer: that is the work of intake.
package form
