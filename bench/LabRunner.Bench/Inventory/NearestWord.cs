namespace LabRunner.Bench.Inventory;

/// <summary>The right word that a wrong one was probably meant to be.</summary>
public static class NearestWord
{
    /// <summary>The known word with the smallest edit distance, null when every one of them is too far away to be meant.</summary>
    public static string? Find(string wrong, IEnumerable<string> known)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string word in known)
        {
            int distance = Distance(wrong, word);
            if (distance < bestDistance && distance <= Math.Max(2, Math.Max(wrong.Length, word.Length) / 2))
            {
                (best, bestDistance) = (word, distance);
            }
        }

        return best;
    }

    /// <summary>A remedy sentence: the nearest word, or all of them when none is near.</summary>
    public static string Remedy(string wrong, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
        {
            return "Leave it out, none is known";
        }

        const int listed = 20;
        return Find(wrong, known) is { } near
            ? $"Write '{near}'"
            : $"Known are {string.Join(", ", known.Take(listed))}{(known.Count > listed ? ", …" : "")}";
    }

    /// <summary>Optimal string alignment distance without regard to case: a swap of neighbours counts as one step.</summary>
    internal static int Distance(string left, string right)
    {
        // Far longer than any word of the files: keeps broken input from costing quadratic time.
        const int longest = 100;
        string a = left.Length > longest ? left[..longest] : left;
        string b = right.Length > longest ? right[..longest] : right;
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                int change = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                int least = Math.Min(Math.Min(steps[i - 1, j] + 1, steps[i, j - 1] + 1), steps[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    least = Math.Min(least, steps[i - 2, j - 2] + 1);
                }

                steps[i, j] = least;
            }
        }

        return steps[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
