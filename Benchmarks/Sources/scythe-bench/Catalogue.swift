/// All cases, in the order in which they run.
enum Catalogue {
  static let cases: [BenchmarkCase] =
    StuckVictimCases.all + RunningVictimCases.all + [RobustCheckCase.robustCheck] + WholeColdCases.all
    + PageOutCases.all + [DeliveryCase.decision, DaemonSignalCase.daemonSignal, ScanCase.scan] + StartCases.all
}
