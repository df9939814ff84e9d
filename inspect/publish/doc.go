// Package publish brings documents and results to the public site: drafts made from data, the parts
// three people take in a document, the proof of each revealed wave, the build.
//
// It serves drafter, reviewer and signer. Everything it publishes passes package release, the
// airlock; what is left out is named, never dropped in silence.
package publish
