# How people write the ten digits. Each digit has several writings. A writing is a list of strokes,
# and a stroke is a series of points that the pen passes through. Coordinates are x (rightwards) and
# y (downwards) in units of the digit's height. The usual writings come first, the odd and ambiguous
# ones last.
#
# Two rules keep the data short. A point given twice in a row is a corner, where the pen stops and
# turns. Points of a writing with the same coordinates are the same point, so that strokes that meet
# still meet when points are jittered.

stroke <- function(...) matrix(c(...), ncol = 2L, byrow = TRUE)

digit_writings <- function() {
  list(
    writings_of_0(), writings_of_1(), writings_of_2(), writings_of_3(), writings_of_4(),
    writings_of_5(), writings_of_6(), writings_of_7(), writings_of_8(), writings_of_9()
  )
}

writings_of_0 <- function() {
  list(
    # An oval; the end runs a little past the beginning.
    list(stroke(.52, .12, .33, .01, .11, .15, .02, .50, .11, .85, .33, .99, .55, .85, .64, .50, .56, .18, .42, .03, .26, .06)),
    # Closed where it began.
    list(stroke(.40, .02, .23, .05, .08, .24, .02, .56, .12, .86, .32, .99, .52, .88, .62, .58, .60, .26, .50, .08, .40, .02)),
    # Round and wide, begun on the left.
    list(stroke(.08, .22, .01, .48, .10, .78, .36, .96, .64, .86, .79, .56, .72, .24, .46, .06, .22, .10, .08, .24)),
    # A gap at the top.
    list(stroke(.30, .03, .12, .16, .02, .46, .09, .80, .30, .98, .52, .88, .63, .58, .60, .26, .48, .06)),
    # Narrow.
    list(stroke(.40, .06, .28, .00, .14, .18, .08, .50, .12, .84, .26, 1.0, .40, .86, .47, .52, .43, .18, .32, .01, .24, .06))
  )
}

writings_of_1 <- function() {
  list(
    list(stroke(.30, .00, .29, .34, .31, .68, .30, 1.0)),
    list(stroke(.34, .00, .31, .34, .28, .68, .25, 1.0)),
    # With a serif.
    list(stroke(.14, .20, .26, .10, .36, .00, .36, .00, .34, .50, .33, 1.0)),
    # With a serif and a base.
    list(
      stroke(.16, .20, .36, .00, .36, .00, .34, .50, .34, .97),
      stroke(.08, .98, .34, .97, .62, .97)
    ),
    # The serif long, near a 7.
    list(stroke(.02, .28, .20, .16, .38, .00, .38, .00, .36, .50, .36, 1.0))
  )
}

writings_of_2 <- function() {
  list(
    # Sharp turn onto a straight base.
    list(stroke(.06, .20, .18, .04, .40, .01, .56, .14, .54, .36, .34, .66, .04, .97, .04, .97, .32, .96, .66, .96)),
    # A loop at the lower left.
    list(stroke(.06, .18, .28, .00, .52, .12, .50, .40, .30, .76, .10, .96, .00, .88, .12, .78, .32, .88, .52, .98, .70, .90)),
    # Like a Z.
    list(stroke(.06, .08, .34, .02, .58, .06, .58, .06, .34, .48, .04, .95, .04, .95, .34, .95, .66, .94)),
    # A swan with a wavy base.
    list(stroke(.04, .28, .18, .06, .44, .03, .54, .24, .38, .54, .06, .88, .06, .88, .26, .82, .46, .96, .72, .90)),
    # Wide and low, large flat loop.
    list(stroke(.06, .20, .36, .06, .58, .22, .44, .52, .16, .80, .04, .72, .20, .62, .46, .74, .84, .76)),
    # A tail that points downwards.
    list(stroke(.10, .14, .34, .00, .54, .16, .44, .48, .12, .84, .12, .84, .36, .80, .58, .98))
  )
}

writings_of_3 <- function() {
  list(
    # Two bows that meet in a point.
    list(stroke(.08, .10, .32, .00, .54, .14, .46, .36, .22, .46, .22, .46, .50, .54, .60, .74, .44, .94, .22, 1.0, .02, .88)),
    # A small loop between the bows.
    list(stroke(.06, .12, .32, .00, .52, .16, .42, .40, .24, .48, .20, .42, .32, .42, .54, .58, .58, .80, .36, .98, .04, .90)),
    # A flat top, then one large bow.
    list(stroke(.06, .04, .30, .03, .56, .03, .56, .03, .42, .20, .26, .40, .26, .40, .50, .46, .62, .68, .48, .94, .22, 1.0, .02, .90)),
    # Bows hardly separated.
    list(stroke(.10, .06, .36, .00, .52, .18, .40, .44, .40, .50, .56, .70, .44, .94, .16, 1.0, .00, .90)),
    # A small upper bow, near a 5 with its bar on the right.
    list(stroke(.20, .06, .44, .02, .50, .14, .24, .38, .24, .38, .50, .48, .56, .74, .36, .96, .04, .92))
  )
}

writings_of_4 <- function() {
  list(
    # Open, angular.
    list(
      stroke(.12, .04, .08, .30, .03, .54, .03, .54, .32, .54, .66, .50),
      stroke(.54, .00, .52, .40, .47, 1.0)
    ),
    # Closed, drawn from the top.
    list(
      stroke(.46, .00, .24, .32, .02, .62, .02, .62, .34, .62, .68, .60),
      stroke(.46, .00, .46, .50, .45, 1.0)
    ),
    # Open, a rounded cup.
    list(
      stroke(.08, .06, .03, .34, .14, .50, .36, .46, .58, .34),
      stroke(.62, .02, .56, .40, .48, 1.0)
    ),
    # In one go, near a 9.
    list(stroke(.12, .06, .05, .34, .24, .48, .48, .34, .56, .02, .56, .02, .53, .50, .48, 1.0)),
    # The tips almost touch, near a 9 as well.
    list(
      stroke(.46, .04, .16, .28, .06, .48, .06, .48, .30, .50, .56, .44),
      stroke(.54, .02, .53, .50, .50, 1.0)
    ),
    # A long cross-bar and a short stem.
    list(
      stroke(.24, .04, .14, .30, .02, .60, .02, .60, .36, .58, .76, .54),
      stroke(.52, .26, .48, .60, .42, .98)
    )
  )
}

writings_of_5 <- function() {
  list(
    # In one go from the right end of the bar.
    list(stroke(.60, .03, .38, .04, .17, .04, .17, .04, .12, .42, .12, .42, .36, .36, .58, .56, .54, .84, .30, .99, .02, .90)),
    # All curves, like an S.
    list(stroke(.60, .03, .34, .04, .15, .18, .18, .38, .42, .50, .56, .70, .40, .94, .06, .96)),
    # The bar drawn last and detached.
    list(
      stroke(.16, .08, .14, .26, .12, .44, .12, .44, .38, .40, .58, .62, .46, .92, .04, .96),
      stroke(.20, .05, .42, .03, .66, .00)
    ),
    # A long bar rising to the right over a small belly.
    list(stroke(.86, .02, .52, .08, .26, .14, .26, .14, .20, .44, .20, .44, .42, .48, .46, .72, .28, .92, .00, .94)),
    # Hardly a bar: near a 3.
    list(stroke(.46, .02, .30, .02, .18, .10, .18, .36, .40, .40, .56, .58, .54, .84, .32, .98, .04, .92))
  )
}

writings_of_6 <- function() {
  list(
    list(stroke(.50, .00, .24, .20, .06, .54, .10, .86, .32, 1.0, .54, .84, .52, .62, .32, .54, .10, .72)),
    # A straight stem and a small loop.
    list(stroke(.44, .00, .22, .30, .06, .68, .14, .94, .38, .96, .50, .76, .36, .64, .16, .72, .08, .84)),
    # A hooked top, the loop left open.
    list(stroke(.58, .10, .42, .00, .20, .16, .05, .52, .10, .88, .34, .98, .56, .80, .48, .58, .26, .58)),
    # Upright, the loop round and large.
    list(stroke(.22, .00, .08, .30, .02, .64, .14, .94, .40, .98, .60, .80, .54, .54, .30, .46, .06, .62)),
    # Leaning far over, near a 0 with a tail.
    list(stroke(.66, .02, .36, .18, .10, .46, .06, .78, .28, .94, .52, .80, .50, .56, .30, .50, .08, .66))
  )
}

writings_of_7 <- function() {
  list(
    list(stroke(.02, .08, .30, .06, .60, .04, .60, .04, .42, .48, .28, 1.0)),
    # With a cross-bar.
    list(
      stroke(.02, .06, .32, .06, .62, .03, .62, .03, .42, .48, .28, 1.0),
      stroke(.16, .52, .36, .50, .60, .46)
    ),
    # With a serif on the left.
    list(stroke(.03, .20, .05, .04, .05, .04, .34, .06, .60, .03, .60, .03, .46, .40, .36, 1.0)),
    # A rounded shoulder, near a 9 or a 1.
    list(stroke(.06, .14, .24, .03, .48, .03, .56, .20, .44, .58, .36, 1.0)),
    # A steep stem and a short bar, near a 1.
    list(stroke(.14, .12, .30, .08, .50, .03, .50, .03, .48, .50, .44, 1.0)),
    # A hanging bar and a bent stem.
    list(stroke(.02, .20, .16, .06, .36, .14, .60, .06, .60, .06, .38, .38, .26, .70, .24, 1.0))
  )
}

writings_of_8 <- function() {
  list(
    # In one go, from the upper right.
    list(stroke(.52, .12, .32, .00, .10, .14, .20, .38, .44, .56, .54, .80, .32, 1.0, .08, .84, .16, .60, .42, .38, .52, .12)),
    # Two rings.
    list(
      stroke(.30, .46, .10, .34, .12, .10, .32, .00, .50, .12, .48, .34, .30, .46),
      stroke(.30, .46, .08, .62, .06, .86, .30, 1.0, .54, .86, .52, .62, .30, .46)
    ),
    # Left open at the top.
    list(stroke(.56, .12, .30, .02, .10, .18, .28, .42, .52, .68, .38, .98, .12, .92, .16, .66, .42, .38, .62, .04)),
    # Slender, the loops nearly shut.
    list(stroke(.44, .08, .30, .00, .18, .16, .26, .42, .38, .64, .38, .88, .24, 1.0, .14, .84, .24, .60, .40, .34, .44, .08)),
    # A small head on a large body.
    list(stroke(.46, .10, .32, .02, .18, .12, .22, .32, .48, .54, .58, .80, .34, 1.0, .04, .84, .12, .56, .40, .34, .46, .10))
  )
}

writings_of_9 <- function() {
  list(
    # A ring on a straight stem.
    list(stroke(.54, .14, .30, .01, .06, .18, .12, .42, .38, .42, .54, .14, .54, .14, .52, .56, .46, 1.0)),
    # The stem curls back.
    list(stroke(.54, .16, .30, .01, .08, .20, .14, .44, .40, .42, .54, .16, .56, .50, .44, .86, .22, .98, .06, .90)),
    # The ring left open, near a 4.
    list(stroke(.46, .05, .20, .08, .06, .32, .20, .46, .44, .38, .56, .10, .56, .10, .53, .54, .48, 1.0)),
    # A leaning stem under a flat ring.
    list(stroke(.58, .14, .36, .04, .14, .18, .12, .36, .34, .38, .58, .14, .58, .14, .40, .58, .26, 1.0)),
    # Small ring, long bent stem, near a 7.
    list(stroke(.50, .12, .34, .02, .20, .12, .22, .28, .38, .28, .50, .12, .52, .40, .42, .70, .36, 1.0))
  )
}
