export { type ArmedScenario, type ArmOptions, armScenario } from "./arm-scenario.js";
export { expectedOf } from "./expectations.js";
export { faultCases, faultScenario, faultScenarios } from "./fault-scenarios.js";
export type {
  FaultCase,
  FaultExpectation,
  FaultExpectations,
  FaultOperation,
  FaultScenario,
  FaultVendor,
  ScenarioFault,
} from "./scenario.js";
