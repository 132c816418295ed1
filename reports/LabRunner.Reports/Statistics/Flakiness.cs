namespace LabRunner.Reports.Statistics;

/// <summary>
/// How unsteady a test's outcomes are on one firmware, configuration and board. A test that flips there while the bench is healthy shows an
/// intermittent device. Source of the flip rate: Kowalczyk and others, ICSE-SEIP 2020. Stateless, thread safe.
/// </summary>
public static class Flakiness
{
    /// <summary>Changes between neighbours over n - 1, 0 to 1; 0 for fewer than two outcomes.</summary>
    /// <param name="passed">Outcomes in order of time.</param>
    public static double FlipRate(IReadOnlyList<bool> passed) =>
        passed.Count < 2 ? 0 : passed.Zip(passed.Skip(1)).Count(p => p.First != p.Second) / (passed.Count - 1.0);

    /// <summary>Entropy of the outcomes, -sum p log2 p, 0 (always the same) to 1 bit (half and half); 0 for none.</summary>
    /// <param name="passed">Outcomes in any order.</param>
    public static double EntropyBits(IReadOnlyList<bool> passed)
    {
        double share = passed.Count == 0 ? 0 : (double)passed.Count(p => p) / passed.Count;
        return share is 0 or 1 ? 0 : -((share * Math.Log2(share)) + ((1 - share) * Math.Log2(1 - share)));
    }
}
