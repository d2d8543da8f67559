namespace FakeHub;

/// <summary>A fixed set of repos for demonstrations and scripts.</summary>
public static class Sample
{
    private const int MB = 1_000_000;

    public static void AddTo(FakeHubServer server)
    {
        FakeRepo tiny = server.AddRepo("demo/tiny");
        string first = tiny.Commit("main",
        [
            FakeFile.FromText("config.json", "{\n  \"model_type\": \"tiny\",\n  \"hidden_size\": 64\n}\n"),
            FakeFile.FromText("README.md", "# demo/tiny\n\nA model that is not one.\n"),
            FakeFile.Generated("weights.safetensors", 12 * MB, seed: 12),
        ]);
        tiny.SetTag("v1.0", first);
        tiny.SetRef("dev", first);
        tiny.Commit("dev", [FakeFile.FromText("config.json", "{\n  \"model_type\": \"tiny\",\n  \"hidden_size\": 128\n}\n")]);
        tiny.SetRef("refs/pr/1", first);
        tiny.Commit("refs/pr/1", [FakeFile.FromText("README.md", "# demo/tiny\n\nA model, proposed.\n")]);
        tiny.AddAlias("demo/old-tiny");

        server.AddRepo("demo/big").Commit("main", [FakeFile.Generated("model.bin", 64 * MB, seed: 64)]);

        server.AddRepo("demo/data", "dataset").Commit("main",
        [
            FakeFile.FromText("a.csv", "id,name\n1,one\n2,two\n"),
            FakeFile.FromText("sub/dir/b.csv", "id,name\n3,three\n"),
        ]);

        server.AddRepo("demo/space", "space").Commit("main", [FakeFile.FromText("app.py", "print(\"hello\")\n")]);

        server.AddRepo("demo/gated", gated: true).Commit("main",
        [
            FakeFile.FromText("config.json", "{ \"gated\": true }\n"),
            FakeFile.Generated("model.bin", MB, seed: 3),
        ]);

        server.AddRepo("demo/private", isPrivate: true).Commit("main",
        [
            FakeFile.FromText("config.json", "{ \"private\": true }\n"),
            FakeFile.Generated("model.bin", MB, seed: 4),
        ]);

        server.AddRepo("demo/names").Commit("main",
        [
            FakeFile.FromText("with space.txt", "space\n"),
            FakeFile.FromText("br[1].txt", "brackets\n"),
            FakeFile.FromText("ünïcode-日本.txt", "unicode\n"),
            FakeFile.FromText("hash#1.txt", "hash\n"),
            FakeFile.FromText("100%25.txt", "percent\n"),
            FakeFile.FromText("a+b&c=d.txt", "signs\n"),
            FakeFile.FromText("deep/er/file (1).txt", "deep\n"),
            FakeFile.Generated("lfs [2] ü.bin", MB, seed: 5),
        ]);

        // A name that Windows cannot have.
        server.AddRepo("demo/odd").Commit("main", [FakeFile.FromText("what?.txt", "question\n")]);

        server.AddRepo("solo").Commit("main", [FakeFile.FromText("config.json", "{ \"solo\": true }\n")]);
    }
}
