# Draws man/figures/logo.svg: a small network in a hexagon. `Rscript tools/site/logo.R` from the
# top folder writes it again.

background <- "#0B3C5D"
edge_color <- "#7FB7D9"
node_colors <- c("#FFFFFF", "#F2A541", "#FFFFFF")

main <- function() {
  layers <- list(place_layer(62, 4), place_layer(120, 5), place_layer(178, 3))
  lines <- c(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 278" role="img">',
    "<title>feedforward</title>",
    hexagon(),
    unlist(Map(draw_edges, layers[-3L], layers[-1L])),
    unlist(Map(draw_nodes, layers, node_colors)),
    caption(),
    "</svg>"
  )
  writeLines(lines, "man/figures/logo.svg")
}

# The nodes of a layer, one below the other around the middle.
place_layer <- function(x, count) {
  list(x = x, y = 118 + 30 * (seq_len(count) - (count + 1) / 2))
}

hexagon <- function() {
  x <- c(120, 234, 234, 120, 6, 6)
  y <- c(5, 71, 207, 273, 207, 71)
  sprintf(
    '<polygon points="%s" fill="%s" stroke="%s" stroke-width="7" stroke-linejoin="round"/>',
    paste(x, y, sep = ",", collapse = " "), background, edge_color
  )
}

# One line from each node to each node of the next layer. Widths vary, as weights do.
draw_edges <- function(from, to) {
  pairs <- expand.grid(from = from$y, to = to$y)
  sprintf(
    '<line x1="%g" y1="%g" x2="%g" y2="%g" stroke="%s" stroke-width="%.1f" stroke-opacity="0.8"/>',
    from$x, pairs$from, to$x, pairs$to, edge_color, 0.8 + (7 * seq_len(nrow(pairs))) %% 5 / 3
  )
}

draw_nodes <- function(layer, color) {
  sprintf('<circle cx="%g" cy="%g" r="10" fill="%s"/>', layer$x, layer$y, color)
}

caption <- function() {
  paste0(
    '<text x="120" y="219" text-anchor="middle" fill="#FFFFFF" font-size="24" ',
    'font-family="Helvetica, Arial, sans-serif" font-weight="bold">feedforward</text>'
  )
}

main()
