// Package document reads, checks, renders and drafts the texts an office publishes: notices
// 通报, good practices 好做法 and briefings 工作简报. A document is a file of Markdown under a
// front matter of YAML.
//
// It serves those who write (drafts, and problems with their line and field) and the site
// (safe HTML). It must never let markup of the text's own through to a page, and never decide
// whether a text may be published: that is for the airlock and for the people who sign.
package document
