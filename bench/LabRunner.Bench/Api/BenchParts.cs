namespace LabRunner.Bench.Api;

/// <summary>Names of parts that suites of several slots share (<see cref="IBenchApi.AcquireAsync"/>).</summary>
public static class BenchParts
{
    /// <summary>A browser: as many at once as the machine can carry.</summary>
    public const string Browser = "browser";
}
