/// The unit of the daemon, as a guest gets it.
package enum ServiceUnit {
  /// What the file is called, also among the tools.
  package static let name = "scythed.service"
  /// Where the programs are installed.
  package static let prefix = "/usr/local"
}
