// Package templates holds every text the programme fills in: pages, style sheets, Markdown
// drafts and the sentences of the locale catalogues, one folder for each sort.
//
// It serves the rooms that render. It must never hold logic: a template that needs to decide is
// handed the decision by the room that fills it.
package templates

import "embed"

// FS holds the folders beside this file (html, css, markdown, locale …) as they are.
//
//go:embed */*
var FS embed.FS
