// Exports about files that R has no function for. R code decides with them what to read and what to
// refuse; nothing is opened here.

#include <Rcpp.h>

#include <sys/stat.h>

#include <string>

// What a path leads to: "none", "file", "folder", or "other" for a device, a pipe or a socket.
// [[Rcpp::export(rng = false)]]
std::string file_kind_cpp(std::string path) {
#ifdef _WIN32
  struct _stat64 found;
  const bool exists = _stat64(path.c_str(), &found) == 0;
#else
  struct stat found;
  const bool exists = stat(path.c_str(), &found) == 0;
#endif
  if (!exists) return "none";
  const auto kind = found.st_mode & S_IFMT;
  return kind == S_IFREG ? "file" : kind == S_IFDIR ? "folder" : "other";
}
