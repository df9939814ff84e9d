// Package site turns release.Public into the folder of files the public reads: pages, figures,
// data, a feed and a manifest, with relative links that hold under any path and from file://.
//
// It serves readers with old browsers, without scripts, on phones and on paper, and the office
// that hosts the folder. It must never see anything but release.Public, need a network, a font or
// a script, rank regions, or give two different trees for the same input.
package site
