import Foundation

/// Chart.js, as Debian ships it: the page of a report holds it, so that it needs no network.
package enum ChartScript {
  /// Its text.
  ///
  /// - Throws: `LabFailure` if it is not in the cache and cannot be fetched.
  package static func text(in cache: Cache) async throws -> String {
    let folder = try await PackageSource.kept("libjs-chart.js", in: cache)
    return try String(
      contentsOf: folder.appending(path: "usr/share/javascript/chart.js/chart.min.js"), encoding: .utf8)
  }
}
